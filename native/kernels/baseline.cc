#if defined(__SSE2__) || defined(_M_X64)
#include "register_sse2.h"
#else
#include "register_portable.h"
namespace downhill {
namespace {
template <class T> using Register = PortableRegister<T>;
}
} // namespace downhill
#endif

#include "instantiate.h"

namespace downhill {
const KernelTables kBaselineKernels = tablesOf<Register, Register>();
}
