#include "app/memory_release.h"

#ifdef WARREN_USES_MIMALLOC
#include <mimalloc.h>
#else
#include <malloc.h>
#endif

namespace warren::app {

#ifdef WARREN_USES_MIMALLOC

void keep_unused_memory() {
    // As good as never; its clock counts in milliseconds.
    constexpr long never_ms = 1'000'000'000;
#if MI_MALLOC_VERSION >= 210
    mi_option_set(mi_option_arena_purge_mult, never_ms);
#else
    mi_option_set(mi_option_segment_decommit_delay, never_ms);
#endif
}

void gather_unused_memory() {
    mi_collect(false);
}

void release_gathered_memory() {
    mi_thread_init();  // a thread that has never allocated has no heap, and would collect nothing
    mi_collect(true);
}

void release_unused_memory() {
    mi_collect(true);
}

#else

void keep_unused_memory() {}

// The C library has one heap, and gives back its end by itself.
void gather_unused_memory() {}

void release_gathered_memory() {}

void release_unused_memory() {
    malloc_trim(0);
}

#endif

}  // namespace warren::app
