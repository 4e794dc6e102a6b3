#pragma once
// The allocator's free memory, on its way back to the system.

namespace warren::app {

// While the process starts, before there are other threads: memory is given back when one of the
// following says so, and not whenever something is freed, which could hold up anything.
void keep_unused_memory();

// Pages that this thread's heap no longer uses are free for all threads. Takes time for each page
// of the heap, and for each block that other threads have freed since the last time.
void gather_unused_memory();

// What was gathered goes back to the system. On a thread that nobody waits for.
void release_gathered_memory();

// All of that for this thread's heap, and to the last page. For a thread that has nothing better to
// do, or when memory is short.
void release_unused_memory();

}  // namespace warren::app
