#pragma once
// Turns the sections of definitions files into commands, in RabbitMQ's order: users, virtual hosts,
// permissions, exchanges, topic permissions, global parameters, policies, parameters (with limits
// of virtual hosts and policies of operators among them), queues, bindings. Several files are read
// by one reader, each seeing what those before defined.
#include <boost/json/fwd.hpp>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "http/definitions/definitions.h"
#include "http/definitions/entry.h"

namespace warren::http {

class Reader {
public:
    // With a vhost, that is what the file is about: its objects name none, and all sections that
    // are about more are left out.
    explicit Reader(const ExistingObjects& existing, std::optional<std::string> only_vhost = {})
        : existing_(existing), only_vhost_(std::move(only_vhost)) {}

    // Adds what the document says to `definitions`, or reports the first fault.
    void read(const boost::json::object& document, Faults& faults);

    Definitions definitions;

private:
    using ReadEntry = void (Reader::*)(Entry& entry);
    struct Section {
        std::string_view name;
        ReadEntry read_entry;
        bool of_vhost;  // may stand in a file about one vhost
    };
    static const Section sections[10];  // in the order of reading

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
    void set_vhost_limits(std::string_view vhost, Entry& limits);

    // read_policies.cpp
    void read_policy(Entry& entry);
    void read_parameter(Entry& entry);
    void read_global_parameter(Entry& entry);
    void read_policy_of(broker::PolicyKind kind, const std::string& vhost, const std::string& name,
                        Entry& entry);

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
    const std::optional<std::string> only_vhost_;
    std::string exported_by_;  // rabbitmq_version of the document being read
    // What the files have defined so far.
    std::set<std::string, std::less<>> users_;
    std::map<std::string, std::string, std::less<>> vhosts_;  // to default queue types
    std::set<Name> exchanges_;
    std::set<Name> queues_;
    std::set<std::string> warned_members_;
};

}  // namespace warren::http
