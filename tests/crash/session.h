#pragma once
// One client connection with one channel, driven by poll(): whatever arrives is read as far as it
// is whole and passed to the functions a kind of client overrides. The end of the connection is no
// error here, it is what this test is about; what must not happen is said to Faults.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "clock.h"
#include "control_client.h"
#include "faults.h"
#include "wire.h"

namespace crash {

struct Delivery {
    std::uint64_t tag = 0;
    bool redelivered = false;
    bool returned = false;
    std::string properties;  // flags and fields
    std::string body;
};

class Session {
public:
    // Connects and opens channel 1; throws loadgen::BrokerError.
    Session(const loadgen::Target& target, std::string name, Faults& faults);
    virtual ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    int fd() const { return fd_; }
    bool over() const { return over_; }
    bool wants_to_write() const { return !over_ && !out_.empty(); }
    // Reads what is there and hands it on.
    void read();
    void write();
    // Called in every turn of the loop: the place to send more.
    virtual void work() {}

    // Sends the frames and reads until the answer is there: its arguments. Nothing when the server
    // has closed the channel instead (it is opened again), or the connection.
    std::optional<std::string> call(std::string_view frames, loadgen::Method answer);
    // Reads and writes until `done`, the end of the connection, or the time is over; is it done?
    template <typename Condition>
    bool run_until(Condition done, double seconds);
    // Requeues what this session holds, and is sure that the server has done it.
    void close_politely();

protected:
    virtual void on_delivery(Delivery&) {}
    virtual void on_method(loadgen::Method, std::string_view) {}
    void add_fault(const std::string& text);
    // Waits for events of this connection only.
    void wait(double seconds);

    std::string out_;
    std::uint32_t frame_bytes_max_ = 0;
    Faults& faults_;

private:
    void on_frame(const loadgen::Frame& frame);
    void on_any_method(loadgen::Method method, std::string_view arguments);
    void on_channel_closed(std::string_view arguments);
    void complete_delivery();

    std::string name_;
    int fd_ = -1;
    bool over_ = false;
    std::string input_;
    Delivery delivery_;
    std::uint64_t body_bytes_ = 0;
    std::optional<loadgen::Method> awaited_;
    std::optional<std::string> answer_;
};

template <typename Condition>
bool Session::run_until(Condition done, double seconds) {
    const loadgen::Nanos limit = loadgen::monotonic_now() + loadgen::to_nanos(seconds);
    while (!done()) {
        if (over_ || loadgen::monotonic_now() > limit) return false;
        wait(0.1);
        read();
        write();
    }
    return true;
}

}  // namespace crash
