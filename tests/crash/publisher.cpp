#include "publisher.h"

namespace crash {
namespace {

constexpr std::size_t unsent_bytes_max = 262'144;

}  // namespace

void select_confirms(Session& session) {
    std::string out;
    loadgen::FrameWriter(out).method(1, loadgen::Method::confirm_select).u8(0).end();
    if (!session.call(out, loadgen::Method::confirm_select_ok))
        throw loadgen::BrokerError("confirm.select was not answered");
}

Publisher::Publisher(const loadgen::Target& target, const Plan& plan, SourceIndex source,
                     const MessageMaker& maker, Record& record, Sequences& next, Faults& faults)
    : Session(target, "publisher " + std::to_string(source), faults),
      plan_(plan.sources[source]),
      source_(source),
      maker_(maker),
      record_(record),
      next_(next[source]),
      left_(plan_.quota) {
    select_confirms(*this);
}

void Publisher::work() {
    const Nanos now = loadgen::monotonic_now();
    while (!over() && left_ > 0 && window_.outstanding() < plan_.window &&
           out_.size() < unsent_bytes_max) {
        const Message message = maker_.make(source_, next_++);
        maker_.append_publish(out_, message, frame_bytes_max_);
        record_.published(message, now);
        window_.sent(message.sequence);
        --left_;
    }
}

void Publisher::on_method(loadgen::Method method, std::string_view arguments) {
    const bool ack = method == loadgen::Method::basic_ack;
    if (!ack && method != loadgen::Method::basic_nack) return;
    const Nanos now = loadgen::monotonic_now();
    const bool known = window_.on_confirm(arguments, [&](std::uint64_t sequence) {
        if (ack)
            record_.confirmed({source_, sequence}, now);
        else
            record_.refused({source_, sequence});
    });
    if (!known) add_fault("a confirm of nothing");
}

}  // namespace crash
