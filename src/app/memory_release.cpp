#include "app/memory_release.h"

#ifdef WARREN_USES_MIMALLOC
#include <mimalloc.h>
#else
#include <malloc.h>
#endif

namespace warren::app {

void release_unused_memory(bool thoroughly) {
#ifdef WARREN_USES_MIMALLOC
    mi_collect(thoroughly);
#else
    if (thoroughly) malloc_trim(0);
#endif
}

}  // namespace warren::app
