// GCC 12 takes the undefined registers of its own AVX-512 intrinsics for uninitialised variables (GCC bug 105593).
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include "register_avx512.h"
#include "register_short.h"

#include "instantiate.h"

namespace downhill {
const KernelTables kAvx512Kernels = tablesOf<Register, ShortRegister>();
}
