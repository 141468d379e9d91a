#include "register_neon.h"

#include "instantiate.h"

namespace downhill {
const KernelTables kNeonKernels = tablesOf<Register, Register>();
}
