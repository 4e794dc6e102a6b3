#include "http/connection.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>

namespace warren::http {
namespace {

class ConnectionTest : public testing::Test, private ConnectionHost {
protected:
    // Shows the connection all that it has not taken yet, as a socket does.
    void feed(std::string_view text) {
        unread_ += text;
        while (connection_.wants_input() && !unread_.empty()) {
            const std::size_t taken = connection_.on_bytes(as_bytes(unread_));
            unread_.erase(0, taken);
            connection_.end_turn();
            if (taken == 0) break;
        }
    }
    void answer(Response response) { connection_.respond(std::move(response)); }
    std::string take_output() {
        std::string text;
        std::array<iovec, 16> pieces;
        while (!connection_.output().empty()) {
            const std::size_t count = connection_.output().gather(pieces);
            std::size_t bytes = 0;
            for (const iovec& piece : std::span(pieces.data(), count)) {
                text.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
                bytes += piece.iov_len;
            }
            connection_.output().consume(bytes);
        }
        return text;
    }

    std::vector<Request> requests_;
    std::optional<Response> at_once_ = Response{};
    ConnectionLimits limits_{.head_bytes_max = 1000, .body_bytes_max = 100};
    Connection connection_{*this, limits_};

private:
    void on_request(Connection&, Request request) override {
        requests_.push_back(std::move(request));
        if (at_once_)
            answer(
                {.status = at_once_->status, .headers = at_once_->headers, .body = at_once_->body});
    }
    void request_attention(Connection&) override {}

    std::string unread_;
};

TEST_F(ConnectionTest, a_request_is_read_wherever_it_is_cut) {
    const std::string text =
        "PUT /api/queues/%2F/q?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n{\"\"}";
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        requests_.clear();
        feed(text.substr(0, cut));
        EXPECT_TRUE(requests_.empty());
        feed(text.substr(cut));
        ASSERT_EQ(requests_.size(), 1u) << cut;
        EXPECT_EQ(requests_[0].method, Method::put);
        EXPECT_EQ(requests_[0].target.path.back(), "q");
        EXPECT_EQ(requests_[0].header("HOST"), "x");
        EXPECT_EQ(requests_[0].body, "{\"\"}");
    }
    EXPECT_FALSE(connection_.finished());
}

TEST_F(ConnectionTest, several_requests_at_once_are_answered_in_order) {
    at_once_.reset();
    feed("GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
    ASSERT_EQ(requests_.size(), 1u);
    answer({.status = 200, .headers = {}, .body = "one"});
    feed("");
    ASSERT_EQ(requests_.size(), 2u);
    answer({.status = 204, .headers = {}, .body = {}});
    EXPECT_EQ(take_output(),
              "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\none"
              "HTTP/1.1 204 No Content\r\n\r\n");
}

TEST_F(ConnectionTest, chunks_become_one_body) {
    feed("POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;q=1\r\nde\r\n");
    EXPECT_TRUE(requests_.empty());
    feed("0\r\n\r\n");
    ASSERT_EQ(requests_.size(), 1u);
    EXPECT_EQ(requests_[0].body, "abcde");
}

TEST_F(ConnectionTest, a_client_that_waits_for_it_is_told_to_go_on) {
    feed("PUT /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    EXPECT_EQ(take_output(), "HTTP/1.1 100 Continue\r\n\r\n");
    feed("ok");
    ASSERT_EQ(requests_.size(), 1u);
    EXPECT_EQ(requests_[0].body, "ok");
}

TEST_F(ConnectionTest, a_body_that_is_too_long_is_not_kept) {
    feed("PUT /x HTTP/1.1\r\nContent-Length: 1000000000000\r\n\r\nabc");
    ASSERT_EQ(requests_.size(), 1u);
    EXPECT_TRUE(requests_[0].body_too_large);
    EXPECT_TRUE(requests_[0].body.empty());
    EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, nor_is_one_that_grows_too_long_in_chunks) {
    feed("PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int chunk = 0; chunk < 7 && requests_.empty(); ++chunk)
        feed("10\r\n0123456789abcdef\r\n");
    ASSERT_EQ(requests_.size(), 1u);
    EXPECT_TRUE(requests_[0].body_too_large);
}

TEST_F(ConnectionTest, the_answer_to_head_has_the_length_but_not_the_body) {
    at_once_ = Response{.status = 200, .headers = {{"a", "b"}}, .body = "body"};
    feed("HEAD /x HTTP/1.1\r\n\r\n");
    EXPECT_EQ(take_output(), "HTTP/1.1 200 OK\r\na: b\r\ncontent-length: 4\r\n\r\n");
}

TEST_F(ConnectionTest, a_client_that_wants_no_other_request_is_let_go) {
    feed("GET /x HTTP/1.1\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(take_output().ends_with("connection: close\r\n\r\n"));
    EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, a_long_answer_is_written_whole) {
    at_once_ = Response{.status = 200, .headers = {}, .body = std::string(100'000, 'x')};
    feed("GET /x HTTP/1.1\r\n\r\n");
    EXPECT_EQ(take_output().size(), 100'000 + std::string("HTTP/1.1 200 OK\r\ncontent-length: "
                                                          "100000\r\n\r\n")
                                                  .size());
}

class BadInputTest : public ConnectionTest, public testing::WithParamInterface<const char*> {};

TEST_P(BadInputTest, is_answered_and_ends_the_connection) {
    feed(GetParam());
    EXPECT_TRUE(requests_.empty());
    EXPECT_TRUE(connection_.finished());
    EXPECT_TRUE(take_output().starts_with("HTTP/1.1 4"));
}

INSTANTIATE_TEST_SUITE_P(
    all, BadInputTest,
    testing::Values("garbage\r\n\r\n", "GET\r\n\r\n", "GET /x HTTP/9.9\r\n\r\n",
                    "GET /% HTTP/1.1\r\n\r\n", "GET x HTTP/1.1\r\n\r\n",
                    "GET /x HTTP/1.1\r\nno colon\r\n\r\n",
                    "PUT /x HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                    "PUT /x HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                    "PUT /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                    "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 a TLS hello\r\n\r\n"));

TEST_F(ConnectionTest, a_head_without_end_is_refused) {
    feed("GET /x HTTP/1.1\r\n");
    for (int line = 0; line < 200 && !connection_.finished(); ++line)
        feed("some-header: some value\r\n");
    EXPECT_TRUE(connection_.finished());
    EXPECT_TRUE(take_output().starts_with("HTTP/1.1 431 "));
}

TEST_F(ConnectionTest, a_target_that_is_too_long_is_refused_wherever_it_is_cut) {
    limits_.head_bytes_max = 40'000;
    const std::string text = "GET /" + std::string(20'000, 'x') + " HTTP/1.1\r\nHost: x\r\n\r\n";
    feed(text.substr(0, text.size() - 2));
    EXPECT_FALSE(connection_.finished());
    feed(text.substr(text.size() - 2));
    EXPECT_TRUE(take_output().starts_with("HTTP/1.1 414 "));
    EXPECT_TRUE(connection_.finished());
    EXPECT_TRUE(requests_.empty());
}

TEST_F(ConnectionTest, a_line_without_end_is_refused) {
    feed("GET /" + std::string(5000, 'x'));
    EXPECT_TRUE(connection_.finished());
    EXPECT_TRUE(take_output().starts_with("HTTP/1.1 4"));
}

TEST_F(ConnectionTest, a_head_that_trickles_in_is_not_waited_for) {
    feed("GET /x HTTP/1.1\r\n");
    EXPECT_EQ(connection_.on_tick({1000}, {1000}, {0}), Instant{2000});
    connection_.on_tick({5900}, {5900}, {0});
    EXPECT_FALSE(connection_.finished());
    connection_.on_tick({6000}, {6000}, {0});
    EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, a_connection_at_rest_is_closed_in_the_end) {
    feed("GET /x HTTP/1.1\r\n\r\n");
    take_output();
    EXPECT_EQ(connection_.on_tick({2000}, {1000}, {1000}), Instant{61'000});
    EXPECT_FALSE(connection_.finished());
    connection_.on_tick({61'000}, {1000}, {1000});
    EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, but_not_while_an_answer_is_due) {
    at_once_.reset();
    feed("GET /x HTTP/1.1\r\n\r\n");
    connection_.on_tick({1'000'000}, {1000}, {0});
    EXPECT_FALSE(connection_.finished());
}

TEST_F(ConnectionTest, a_client_that_takes_nothing_is_given_up) {
    feed("GET /x HTTP/1.1\r\n\r\n");
    connection_.on_tick({60'000}, {1000}, {1000});
    EXPECT_FALSE(connection_.finished());
    connection_.on_tick({62'000}, {1000}, {1000});
    EXPECT_TRUE(connection_.finished());
    EXPECT_TRUE(connection_.output().empty());
}

TEST_F(ConnectionTest, a_stop_waits_for_the_answer_that_is_due) {
    at_once_.reset();
    feed("GET /x HTTP/1.1\r\n\r\n");
    connection_.stop();
    EXPECT_FALSE(connection_.finished());
    answer({});
    EXPECT_TRUE(connection_.finished());
}

TEST_F(ConnectionTest, a_body_made_while_it_is_sent_goes_out_in_chunks) {
    at_once_.reset();
    feed("GET / HTTP/1.1\r\n\r\nGET /next HTTP/1.1\r\n\r\n");
    Response response;
    response.source = [count = 0](std::string& piece) mutable {
        piece = count == 0 ? "one" : "eleven more";
        return ++count < 2;
    };
    answer(std::move(response));
    EXPECT_TRUE(connection_.waits_for_room());
    EXPECT_FALSE(connection_.wants_input());
    std::string text = take_output();
    EXPECT_NE(text.find("transfer-encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(text.find("content-length"), std::string::npos);
    connection_.end_turn();
    EXPECT_EQ(take_output(), "3\r\none\r\n");
    connection_.end_turn();
    EXPECT_EQ(take_output(), "b\r\neleven more\r\n0\r\n\r\n");
    EXPECT_FALSE(connection_.waits_for_room());
    feed("");
    ASSERT_EQ(requests_.size(), 2u);
    EXPECT_EQ(requests_[1].target.path, std::vector<std::string>{"next"});
}

TEST_F(ConnectionTest, little_is_made_for_a_client_that_does_not_read) {
    at_once_.reset();
    feed("GET / HTTP/1.1\r\n\r\n");
    int pieces = 0;
    Response response;
    response.source = [&pieces](std::string& piece) {
        piece.assign(65'536, 'x');
        return ++pieces < 1000;
    };
    answer(std::move(response));
    for (int turn = 0; turn < 100; ++turn)
        connection_.end_turn();
    EXPECT_LT(pieces, 6);
    connection_.on_peer_gone();
    EXPECT_FALSE(connection_.waits_for_room());
}

TEST_F(ConnectionTest, an_older_client_knows_the_end_by_that_of_the_connection) {
    at_once_.reset();
    feed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    Response response;
    response.source = [](std::string& piece) {
        piece = "all";
        return false;
    };
    answer(std::move(response));
    connection_.end_turn();
    const std::string text = take_output();
    EXPECT_EQ(text.find("chunked"), std::string::npos);
    EXPECT_TRUE(text.ends_with("connection: close\r\n\r\nall"));
    EXPECT_TRUE(connection_.finished());
}

}  // namespace
}  // namespace warren::http
