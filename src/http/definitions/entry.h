#pragma once
// One object of a definitions file while it is read. Asking for a member notes that it is known; a
// member of the wrong type notes a fault and gives a harmless value, so that reading goes on in
// straight lines and the caller looks for a fault once.
#include <boost/json/fwd.hpp>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "amqp091/field_table.h"
#include "http/definitions/json_path.h"

namespace warren::http {

// The first fault of a file.
class Faults {
public:
    struct Fault {
        JsonPath path;
        std::string text;
    };

    void report(JsonPath path, std::string text) {
        if (!first_) first_ = {std::move(path), std::move(text)};
    }
    const std::optional<Fault>& first() const { return first_; }

private:
    std::optional<Fault> first_;
};

// Lives as long as the document and the faults it was given.
class Entry {
public:
    Entry(const boost::json::object& members, JsonPath path, Faults& faults)
        : members_(members), path_(std::move(path)), faults_(faults) {}

    // Required. Names are short strings of AMQP: 255 bytes at most.
    std::string text(std::string_view key);
    std::string name(std::string_view key);
    // Absent and null are the same.
    std::optional<std::string> optional_text(std::string_view key);
    bool flag(std::string_view key, bool otherwise);
    // Negative means no limit, as in RabbitMQ.
    std::optional<std::uint64_t> limit(std::string_view key);
    // A list of strings, or one string with commas between.
    std::optional<std::vector<std::string>> words(std::string_view key);
    amqp091::FieldTable table(std::string_view key);
    // Whatever JSON can say, null too; nothing if there is no such member.
    std::optional<amqp091::FieldValue> value(std::string_view key);
    // A nested object with something in it. RabbitMQ writes an empty one as [] or {}.
    std::optional<Entry> object(std::string_view key);

    bool has(std::string_view key) const;
    // Members that need no reading and deserve no warning.
    void ignore(std::string_view key) { known_.emplace(key); }
    std::vector<std::string> unknown_members() const;
    std::vector<std::string> member_names() const;

    void fault(std::string_view key, std::string text) const;
    // About a member of the object under `key`.
    void fault_in(std::string_view key, std::string_view inner_key, std::string text) const;
    void fault(std::string text) const { faults_.report(path_, std::move(text)); }

private:
    const boost::json::value* find(std::string_view key);
    JsonPath path_to(std::string_view key) const;
    std::string text_of(std::string_view key, const boost::json::value& value) const;

    const boost::json::object& members_;
    JsonPath path_;
    Faults& faults_;
    std::set<std::string, std::less<>> known_;
};

// "17", "\"text\"", "a list": what was found instead.
std::string describe(const boost::json::value& value);

// Arguments as RabbitMQ makes them from JSON: whole numbers are 64-bit integers, others doubles.
amqp091::FieldTable field_table(const boost::json::object& members, const JsonPath& path,
                                Faults& faults);
// The values of parameters: tables and lists with anything in them.
amqp091::FieldValue any_value(const boost::json::value& value, const JsonPath& path,
                              Faults& faults);

}  // namespace warren::http
