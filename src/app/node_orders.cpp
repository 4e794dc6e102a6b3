#include "app/node_orders.h"

#include <utility>

namespace warren::app {

void NodeOrders::carry_out(const NodeWork& work) {
    work_ = &work;
    inbox_.run_all();
    work_ = nullptr;
}

void NodeOrders::give(Order order, Done done) {
    inbox_.post_from_any_thread([this, order = std::move(order), done = std::move(done)]() mutable {
        observer_.post_from_any_thread([outcome = order(*work_), done = std::move(done)]() mutable {
            done(std::move(outcome));
        });
    });
}

void NodeOrders::accept_clients(bool accepts, Done done) {
    give([accepts](const NodeWork& work) { return work.accept_clients(accepts); }, std::move(done));
}

void NodeOrders::set_maintenance(bool drained, Done done) {
    give([drained](const NodeWork& work) { return work.set_maintenance(drained); },
         std::move(done));
}

void NodeOrders::set_limits(http::LimitWishes wishes, Done done) {
    give([wishes](const NodeWork& work) { return work.set_limits(wishes); }, std::move(done));
}

void NodeOrders::set_log_level(log::Level lowest, Done done) {
    give([lowest](const NodeWork& work) { return work.set_log_level(lowest); }, std::move(done));
}

void NodeOrders::reopen_logs(Done done) {
    give([](const NodeWork& work) { return work.reopen_logs(); }, std::move(done));
}

void NodeOrders::stop(Done done) {
    give([](const NodeWork& work) { return work.stop(); }, std::move(done));
}

void NodeOrders::set_plugins(std::vector<std::string> enabled, Done done) {
    give([enabled = std::move(enabled)](const NodeWork& work) { return work.set_plugins(enabled); },
         std::move(done));
}

}  // namespace warren::app
