#include "runtime/inbox.h"

#include <utility>

namespace warren::runtime {

void Inbox::post_from_any_thread(Function function) {
    bool is_first = false;
    {
        const std::lock_guard lock(mutex_);
        is_first = posted_.empty();
        posted_.push_back(std::move(function));
    }
    if (is_first) wake_();
}

void Inbox::run_all() {
    std::vector<Function> functions;
    {
        const std::lock_guard lock(mutex_);
        functions.swap(posted_);
    }
    for (Function& function : functions)
        function();
}

}  // namespace warren::runtime
