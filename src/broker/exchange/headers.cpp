// headers: destinations whose binding arguments match the message's headers (headers_pattern.h).
//
// A message looks for its headers, not at all bindings: a binding that wants all of its arguments
// is found by the one of them that fewest others are found by, one that wants any by each.
#include <fmt/format.h>

#include <memory>
#include <unordered_map>
#include <vector>

#include "amqp091/content_header.h"
#include "amqp091/erlang_text.h"
#include "broker/exchange/exchange_types.h"
#include "broker/exchange/headers_pattern.h"
#include "broker/routing/route.h"

namespace warren::broker {

namespace {

using amqp091::FieldTable;
using amqp091::FieldValue;
using amqp091::FieldView;
using amqp091::TableView;

class HeadersRouter final : public ExchangeRouter {
public:
    void add(Binding& binding) override {
        auto made = std::make_unique<Entry>(binding);
        Entry& entry = *made;
        binding.router_slot = static_cast<std::uint32_t>(entries_.size());
        entries_.push_back(std::move(made));
        if (entry.pattern.matches_all())
            put(entry, rarest_of(entry.pattern));
        else
            entry.pattern.for_each_wanted([&](std::string_view name, FieldView wanted) {
                put(entry, HeadersPattern::wanted_hash(name, wanted));
            });
    }

    void remove(Binding& binding) override {
        Entry& entry = *entries_[binding.router_slot];
        for (const Place& place : entry.places)
            take_out(place);
        std::swap(entries_[binding.router_slot], entries_.back());
        entries_[binding.router_slot]->slot() = binding.router_slot;
        entries_.pop_back();
    }

    void route(const RoutingInput& input, RouteCollector& out) const override {
        const TableView headers = input.header->headers();
        std::size_t count = 0;
        headers.for_each([&](std::string_view, FieldView) { ++count; });
        if (count > looked_up_max) {
            for (const auto& entry : entries_)
                try_entry(*entry, headers, out);
            return;
        }
        try_group(without_arguments, headers, out);
        headers.for_each([&](std::string_view name, FieldView given) {
            // The first of a name counts.
            if (headers.find(name)->value.data() != given.value.data()) return;
            try_group(HeadersPattern::presence_hash(name), headers, out);
            try_group(HeadersPattern::given_hash(name, given), headers, out);
        });
    }

    bool depends_only_on_key() const override { return false; }

private:
    struct Entry;
    // An entry in a group; which of the entry's places that is.
    struct Member {
        Entry* entry;
        std::size_t place;
    };
    using Groups = std::unordered_map<std::uint64_t, std::vector<Member>>;
    struct Place {
        Groups::value_type* group;  // stays where it is until erased
        std::size_t index;          // in it
    };
    struct Entry {
        explicit Entry(Binding& bound) : binding(bound), pattern(bound) {}
        std::uint32_t& slot() { return binding.router_slot; }

        Binding& binding;
        HeadersPattern pattern;
        std::vector<Place> places;
    };

    // A message with more headers than these is compared with every binding.
    static constexpr std::size_t looked_up_max = 64;
    // Of those that want all of nothing.
    static constexpr std::uint64_t without_arguments = 0;

    std::uint64_t rarest_of(const HeadersPattern& pattern) const {
        std::uint64_t rarest = without_arguments;
        std::size_t fewest = SIZE_MAX;
        pattern.for_each_wanted([&](std::string_view name, FieldView wanted) {
            const std::uint64_t hash = HeadersPattern::wanted_hash(name, wanted);
            const auto found = groups_.find(hash);
            const std::size_t size = found == groups_.end() ? 0 : found->second.size();
            if (size >= fewest) return;
            fewest = size;
            rarest = hash;
        });
        return rarest;
    }

    void put(Entry& entry, std::uint64_t hash) {
        Groups::value_type& group = *groups_.try_emplace(hash).first;
        entry.places.push_back({&group, group.second.size()});
        group.second.push_back({&entry, entry.places.size() - 1});
    }

    void take_out(const Place& place) {
        std::vector<Member>& members = place.group->second;
        const Member last = members.back();
        members[place.index] = last;
        last.entry->places[last.place].index = place.index;
        members.pop_back();
        if (members.empty()) groups_.erase(groups_.find(place.group->first));
    }

    void try_group(std::uint64_t hash, TableView headers, RouteCollector& out) const {
        const auto found = groups_.find(hash);
        if (found == groups_.end()) return;
        for (const Member& member : found->second)
            try_entry(*member.entry, headers, out);
    }

    static void try_entry(const Entry& entry, TableView headers, RouteCollector& out) {
        if (entry.pattern.matches(headers)) out.add(*entry.binding.destination);
    }

    std::vector<std::unique_ptr<Entry>> entries_;  // by router_slot
    Groups groups_;
};

std::unique_ptr<ExchangeRouter> make_router(const FieldTable&) {
    return std::make_unique<HeadersRouter>();
}

ExchangeType::Check check_binding(std::string_view, const FieldTable& arguments, const Destination&,
                                  const FieldTable&) {
    const FieldValue* mode = arguments.find("x-match");
    if (mode == nullptr) return {};
    std::string text;
    if (mode->as_text() == nullptr) {
        text =
            fmt::format("Invalid x-match field type {} (value ", amqp091::type_name(mode->type()));
        amqp091::append_term(text, *mode);
        text += "); expected longstr";
    } else if (find_headers_match_mode(*mode->as_text()) == nullptr) {
        text = "Invalid x-match field value ";
        amqp091::append_binary(text, as_bytes(*mode->as_text()), text.size());
        text += "; expected all, any, all-with-x, or any-with-x";
    } else {
        return {};
    }
    return fail(amqp091::AmqpError{amqp091::ReplyCode::precondition_failed, text});
}

}  // namespace

constinit const ExchangeType headers_exchange{
    .name = "headers",
    .description = "AMQP headers exchange, as per the AMQP specification",
    .make_router = make_router,
    .check_binding = check_binding,
};

}  // namespace warren::broker
