#pragma once
// Turns the sections of definitions files into commands, in RabbitMQ's order: users, virtual hosts,
// limits, permissions, exchanges, topic permissions, queues, bindings. Several files are read by
// one reader, each seeing what those before defined.
#include <boost/json/fwd.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "app/definitions/definitions.h"
#include "app/definitions/entry.h"

namespace warren::app {

class Reader {
public:
    explicit Reader(const ExistingObjects& existing) : existing_(existing) {}

    // Adds what the document says to `definitions`, or reports the first fault.
    void read(const boost::json::object& document, Faults& faults);

    Definitions definitions;

private:
    using ReadEntry = void (Reader::*)(Entry& entry);
    static const std::pair<std::string_view, ReadEntry> sections[8];  // in the order of reading

    void read_section(const boost::json::object& document, std::string_view section,
                      ReadEntry read_entry, Faults& faults);
    void warn_of_other_sections(const boost::json::object& document);
    void warn_of_unknown_members(std::string_view section, const Entry& entry);

    // read_users.cpp
    void read_user(Entry& entry);
    void read_permission(Entry& entry);
    void read_topic_permission(Entry& entry);
    auth::PasswordHash read_password(Entry& entry);
    void check_user_and_vhost(Entry& entry, std::string_view user, std::string_view vhost);
    void add_user_command(std::string label, Entry& entry, auth::UserCommand command);

    // read_vhosts.cpp
    void read_vhost(Entry& entry);
    void read_parameter(Entry& entry);
    void set_vhost_limits(std::string_view vhost, Entry& limits);

    // read_topology.cpp
    void read_exchange(Entry& entry);
    void read_queue(Entry& entry);
    void read_binding(Entry& entry);
    std::string read_vhost_of(Entry& entry);
    void check_exists(Entry& entry, std::string_view key, const std::string& vhost,
                      broker::DestinationKind kind, const std::string& name);

    bool user_exists(std::string_view name) const;
    bool vhost_exists(std::string_view name) const;
    bool destination_exists(const std::string& vhost, broker::DestinationKind kind,
                            const std::string& name) const;
    std::string default_queue_type(const std::string& vhost) const;
    void add(std::string label, broker::TopologyCommandBody command);

    using Name = std::pair<std::string, std::string>;  // vhost and name

    const ExistingObjects& existing_;
    std::string exported_by_;  // rabbitmq_version of the document being read
    // What the files have defined so far.
    std::set<std::string, std::less<>> users_;
    std::map<std::string, std::string, std::less<>> vhosts_;  // to default queue types
    std::set<Name> exchanges_;
    std::set<Name> queues_;
    std::set<std::string> warned_members_;
};

}  // namespace warren::app
