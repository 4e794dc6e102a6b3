#pragma once
// What a binding of a headers exchange asks for, ready to be compared (AMQP 0-9-1, section 3.1.3.4,
// with RabbitMQ's four x-match modes).
//
// Values are compared as RabbitMQ 4 does: integers by value whatever their width, texts and byte
// arrays by their bytes, everything else by type and value. Timestamps are integers there, of
// seconds in arguments and of milliseconds in messages, and so they are here. A binding argument of
// type void asks only that the header is there. Arguments whose names begin with "x-" are left out
// unless the mode ends in "-with-x", which leaves out x-match alone.
#include <cstdint>
#include <string>
#include <string_view>

#include "amqp091/table_view.h"
#include "broker/topology/binding.h"

namespace warren::broker {

struct HeadersMatchMode {
    std::string_view name;
    bool all;
    bool with_x;
};

// Null if there is none of that name.
const HeadersMatchMode* find_headers_match_mode(std::string_view name);

class HeadersPattern {
public:
    explicit HeadersPattern(const Binding& binding);

    const Binding& binding() const { return *binding_; }
    bool matches_all() const { return mode_->all; }
    bool matches(amqp091::TableView headers) const;
    // Calls visit(name, FieldView) for each argument that counts.
    template <typename Visitor>
    void for_each_wanted(Visitor&& visit) const {
        amqp091::TableView::of_checked(as_bytes(wanted_)).for_each(visit);
    }

    // Numbers by which a header that matches an argument is found: where the argument asks for no
    // more than presence it is presence_hash(), else wanted_hash() is the given_hash() of any value
    // that matches. Others may have the same: matches() decides.
    static std::uint64_t presence_hash(std::string_view name);
    static std::uint64_t wanted_hash(std::string_view name, amqp091::FieldView wanted);
    static std::uint64_t given_hash(std::string_view name, amqp091::FieldView given);

private:
    bool is_left_out(std::string_view name) const {
        return mode_->with_x ? name == "x-match" : name.starts_with("x-");
    }

    const Binding* binding_;
    const HeadersMatchMode* mode_;
    std::string wanted_;  // the arguments that count, in wire form
};

}  // namespace warren::broker
