#include "register_avx512.h"

#include "instantiate.h"

namespace downhill {
const KernelTables kAvx512Kernels = tablesOf<Register>();
}
