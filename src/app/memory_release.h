#pragma once

namespace warren::app {

// Gives pages that this thread's heap no longer uses back to the system. With `thoroughly` all of
// them, which walks the heap: for a thread that has nothing better to do.
void release_unused_memory(bool thoroughly);

}  // namespace warren::app
