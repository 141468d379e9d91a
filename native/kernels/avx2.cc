#include "register_avx2.h"
#include "register_short.h"

#include "instantiate.h"

namespace downhill {
const KernelTables kAvx2Kernels = tablesOf<Register, ShortRegister>();
}
