#include "http/connection.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/beast/http/parser.hpp>
#include <iterator>

#include "base/ensure.h"

namespace warren::http {

namespace beast = boost::beast::http;

namespace {

// A body up to a length; what is longer is not kept. Nothing is reserved for what a client only
// announces.
struct BoundedBody {
    struct value_type {
        std::string text;
        std::uint64_t bytes_max = 0;
        bool too_long = false;
    };
    class reader {
    public:
        template <bool IsRequest, typename Fields>
        reader(beast::header<IsRequest, Fields>&, value_type& body) : body_(body) {}
        void init(const boost::optional<std::uint64_t>& bytes, boost::system::error_code& error) {
            error = {};
            body_.too_long = bytes && *bytes > body_.bytes_max;
        }
        template <typename Buffers>
        std::size_t put(const Buffers& buffers, boost::system::error_code& error) {
            error = {};
            const std::size_t bytes = boost::asio::buffer_size(buffers);
            body_.too_long |= bytes > body_.bytes_max - body_.text.size();
            if (body_.too_long) return bytes;
            for (auto at = boost::asio::buffer_sequence_begin(buffers);
                 at != boost::asio::buffer_sequence_end(buffers); ++at)
                body_.text.append(static_cast<const char*>((*at).data()), (*at).size());
            return bytes;
        }
        void finish(boost::system::error_code& error) { error = {}; }

    private:
        value_type& body_;
    };
};

constexpr unsigned bad_request = 400;
constexpr unsigned uri_too_long = 414;
constexpr unsigned head_too_long = 431;

Method method_of(beast::verb verb) {
    switch (verb) {
        case beast::verb::get:
            return Method::get;
        case beast::verb::head:
            return Method::head;
        case beast::verb::post:
            return Method::post;
        case beast::verb::put:
            return Method::put;
        case beast::verb::delete_:
            return Method::del;
        case beast::verb::options:
            return Method::options;
        default:
            return Method::other;
    }
}

// What is long is written from where it is.
void append_body(OutputBuffer& output, std::string body) {
    constexpr std::size_t copied_bytes_max = 16'384;
    if (body.size() <= copied_bytes_max) return output.append(as_bytes(body));
    auto kept = std::make_unique<std::string>(std::move(body));
    const ByteView bytes = as_bytes(*kept);
    output.append_slice(bytes, SliceOwner(kept.release(), [](void* object) {
                            delete static_cast<std::string*>(object);
                        }));
}

bool has_body(unsigned status) {
    constexpr unsigned no_content = 204;
    constexpr unsigned not_modified = 304;
    return status != no_content && status != not_modified;
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
    const auto text = beast::obsolete_reason(beast::int_to_status(status));
    return {text.data(), text.size()};
}

struct Connection::Parser : beast::request_parser<BoundedBody> {};

Connection::Connection(ConnectionHost& host, const ConnectionLimits& limits)
    : host_(host), limits_(limits) {}

Connection::~Connection() = default;

void Connection::start_request() {
    started_ = true;
    start_seen_ = false;
    parser_ = std::make_unique<Parser>();
    parser_->eager(true);
    parser_->header_limit(static_cast<std::uint32_t>(limits_.head_bytes_max));
    parser_->body_limit(boost::none);
    parser_->get().body().bytes_max = limits_.body_bytes_max;
}

std::size_t Connection::on_bytes(ByteView input) {
    std::size_t taken = 0;
    while (state_ == State::reading && taken < input.size()) {
        if (!started_) start_request();
        const bool head_was_done = parser_->is_header_done();
        boost::system::error_code error;
        const std::size_t bytes =
            parser_->put(boost::asio::buffer(input.data() + taken, input.size() - taken), error);
        taken += bytes;
        if (error && error != beast::error::need_more) {
            refuse(error == beast::error::header_limit ? head_too_long : bad_request);
            return input.size();
        }
        if (!head_was_done && parser_->is_header_done()) end_head();
        if (state_ != State::reading) return input.size();  // the head was refused
        const bool too_long = parser_->is_header_done() && parser_->get().body().too_long;
        if (state_ == State::reading && (parser_->is_done() || too_long)) take_request();
        if (error == beast::error::need_more && bytes == 0) break;
    }
    // A head that fills all that the socket's buffer can hold would never come to its end.
    if (state_ == State::reading && started_ && !parser_->is_header_done() &&
        input.size() - taken > limits_.head_bytes_max) {
        refuse(head_too_long);
        return input.size();
    }
    return taken;
}

void Connection::end_head() {
    const auto& head = parser_->get();
    constexpr std::size_t target_bytes_max = 16'384;
    if (head.target().size() > target_bytes_max) return refuse(uri_too_long);
    if (parser_->is_done() || parser_->get().body().too_long) return;
    if (beast::token_list(head[beast::field::expect]).exists("100-continue")) {
        output_.append(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"));
        host_.request_attention(*this);
    }
}

void Connection::take_request() {
    auto& message = parser_->get();
    auto target = parse_target({message.target().data(), message.target().size()});
    if (!target) return refuse(bad_request);
    request_ = {};
    request_.method = method_of(message.method());
    answers_head_ = request_.method == Method::head;
    request_.target = std::move(*target);
    for (const auto& field : message)
        request_.headers.emplace_back(
            std::string(field.name_string().data(), field.name_string().size()),
            std::string(field.value().data(), field.value().size()));
    request_.body = std::move(message.body().text);
    request_.body_too_large = message.body().too_long;
    // The rest of what is too long is not waited for.
    keep_alive_ = parser_->keep_alive() && !request_.body_too_large && !stopping_;
    constexpr unsigned http_1_1 = 11;
    knows_chunks_ = message.version() >= http_1_1;
    parser_.reset();
    state_ = State::complete;
    host_.request_attention(*this);
}

void Connection::end_turn() {
    if (state_ == State::streaming) return write_piece();
    if (state_ != State::complete) return;
    state_ = State::answering;
    host_.on_request(*this, std::exchange(request_, {}));
}

void Connection::respond(Response response) {
    ENSURE(state_ == State::answering);
    BodySource source = std::exchange(response.source, nullptr);
    const bool streams = source != nullptr && !answers_head_;
    if (streams && !knows_chunks_) keep_alive_ = false;
    if (source != nullptr && knows_chunks_)
        response.headers.emplace_back("transfer-encoding", "chunked");
    write(std::move(response), source != nullptr ? Length::unknown : Length::known);
    if (!streams) return end_answer();
    source_ = std::move(source);
    state_ = State::streaming;
    host_.request_attention(*this);
}

void Connection::write_piece() {
    constexpr std::size_t waiting_bytes_max = 262'144;
    if (output_.size() >= waiting_bytes_max) return;
    std::string piece;
    const bool more = source_(piece);
    if (!piece.empty() && knows_chunks_) {
        output_.append(as_bytes(fmt::format("{:x}\r\n", piece.size())));
        piece += "\r\n";
    }
    append_body(output_, std::move(piece));
    if (more) return;
    if (knows_chunks_) output_.append(as_bytes("0\r\n\r\n"));
    source_ = nullptr;
    end_answer();
}

void Connection::end_answer() {
    started_ = false;
    state_ = keep_alive_ && !stopping_ ? State::reading : State::finished;
    host_.request_attention(*this);
}

void Connection::refuse(unsigned status) {
    keep_alive_ = false;
    answers_head_ = false;
    parser_.reset();
    write({.status = status, .headers = {}, .body = {}}, Length::known);
    finish();
}

void Connection::write(Response response, Length length) {
    fmt::memory_buffer head;
    auto into = std::back_inserter(head);
    fmt::format_to(into, "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
    for (const auto& [name, value] : response.headers)
        fmt::format_to(into, "{}: {}\r\n", name, value);
    if (has_body(response.status) && length == Length::known)
        fmt::format_to(into, "content-length: {}\r\n", response.body.size());
    fmt::format_to(into, "{}\r\n", keep_alive_ ? "" : "connection: close\r\n");
    output_.append(as_bytes({head.data(), head.size()}));
    if (!answers_head_ && has_body(response.status)) append_body(output_, std::move(response.body));
}

void Connection::finish() {
    state_ = State::finished;
    host_.request_attention(*this);
}

Instant Connection::on_tick(Instant now, Instant last_received, Instant last_sent) {
    constexpr std::int64_t look_ms = 1000;
    if (!output_.empty() &&
        now.ms_since(std::max(last_sent, last_received)) > limits_.stuck_ms_max) {
        output_.clear();
        source_ = nullptr;
        finish();
        return Instant::never();
    }
    if (state_ != State::reading) return now.plus_ms(look_ms);
    if (started_ && !std::exchange(start_seen_, true)) started_at_ = now;
    const bool in_head = started_ && !parser_->is_header_done();
    const bool too_slow = in_head && now.ms_since(started_at_) >= limits_.request_ms_max;
    if (too_slow || now.ms_since(last_received) >= limits_.idle_ms_max) {
        finish();
        return Instant::never();
    }
    if (!started_ && output_.empty()) return last_received.plus_ms(limits_.idle_ms_max);
    return now.plus_ms(look_ms);
}

void Connection::on_peer_gone() {
    source_ = nullptr;
    state_ = State::finished;
}

void Connection::stop() {
    stopping_ = true;
    if (state_ == State::reading) finish();
}

}  // namespace warren::http
