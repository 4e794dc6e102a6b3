// POST to /api/definitions: the import. What the file says is tried on a copy of what exists first,
// so that a file which cannot be imported whole changes nothing.
#include <fmt/format.h>

#include "base/log.h"
#include "http/definitions/definitions.h"
#include "http/definitions/difference.h"
#include "http/json_support.h"
#include "http/multipart.h"
#include "http/routes/object_support.h"
#include "http/routes/routes.h"

namespace warren::http::routes {

namespace {

struct Upload {
    std::string_view text;
    std::string_view redirect;  // where a form wants its browser to go afterwards
};

constexpr unsigned unsupported_media_type = 415;

// Nothing: the call has been refused.
std::optional<Upload> upload_in(const CallRef& call) {
    const Request& request = call->request();
    if (request.body_too_large) {
        call->refuse_bad("Exceeded HTTP request body size limit");
        return std::nullopt;
    }
    const std::string_view type = request.header("content-type").value_or("application/json");
    if (type.substr(0, type.find(';')) == "application/json") return Upload{request.body, {}};
    const auto boundary = form_boundary(type);
    if (!boundary) {
        call->respond_status(unsupported_media_type);
        return std::nullopt;
    }
    const auto parts = form_parts(request.body, *boundary);
    Upload upload;
    bool found = false;
    if (parts)
        for (const FormPart& part : *parts) {
            if (part.name == "redirect") upload.redirect = part.content;
            if (part.name != "file") continue;
            upload.text = part.content;
            found = true;
        }
    if (found) return upload;
    call->refuse_bad("failed_to_parse_json");
    return std::nullopt;
}

// A path of this server and nothing else.
bool is_local_path(std::string_view text) {
    return text.starts_with('/') && !text.starts_with("//") &&
           text.find_first_of("\r\n\\") == std::string_view::npos;
}

void respond_imported(const CallRef& call, std::string_view redirect) {
    if (!is_local_path(redirect)) return call->respond_status(204);
    call->respond({.status = 303, .headers = {{"location", std::string(redirect)}}, .body = {}});
}

json::array labels_json(const std::vector<std::string>& labels) {
    json::array list;
    for (const auto& label : labels)
        list.push_back(json::string(label));
    return list;
}

// Says which object and which field, and where that is in the text.
void refuse_fault(const CallRef& call, const DefinitionsError& fault) {
    json::object answer{{"error", "bad_request"}};
    if (fault.path.empty()) {
        answer["reason"] = "failed_to_parse_json";
        answer["detail"] = fault.text;
    } else {
        answer["reason"] = fmt::format("{}: {}", fault.path, fault.text);
        answer["path"] = fault.path;
    }
    if (fault.line != 0) answer["line"] = fault.line;
    call->respond_json(answer, 400);
}

// New queues get their shard, and what is made its maker.
cluster::MetadataCommand completed(const Call& call, Definition&& definition) {
    auto* change = std::get_if<broker::TopologyCommand>(&definition.command);
    if (change == nullptr) return std::move(std::get<auth::UserCommand>(definition.command));
    if (auto* queue = std::get_if<broker::DeclareQueue>(&change->body)) {
        const std::size_t shards = call.api().node().shard_count();
        queue->shard = {
            static_cast<std::uint16_t>(std::hash<std::string_view>{}(queue->name) % shards)};
        queue->user = call.user().username;
    } else if (auto* exchange = std::get_if<broker::DeclareExchange>(&change->body)) {
        exchange->user = call.user().username;
    }
    return std::move(*change);
}

// What an upload asks for, and where.
struct Source {
    std::string_view text;  // as long as there is the call
    std::string vhost;      // the only one that it is about; empty for all of the node
    std::string digest;     // to be remembered; empty: not
    std::string redirect;
};

// What the source would do to what is there now.
struct Plan {
    Definitions definitions;
    DefinitionsDifference difference;
};

// Nothing: the call has been refused.
std::optional<Plan> plan(const CallRef& call, const Source& source) {
    const Api& api = call->api();
    const ExistingObjects existing{api.topology(), api.users(), api.facts().password_hashing,
                                   api.facts().default_queue_type, api.facts().vhost_defaults};
    auto definitions =
        source.vhost.empty()
            ? parse_definitions("definitions", source.text, existing)
            : parse_vhost_definitions("definitions", source.text, source.vhost, existing);
    if (!definitions) {
        refuse_fault(call, definitions.error());
        return std::nullopt;
    }
    auto changes = difference(*definitions, existing);
    if (!changes) {
        call->refuse_bad(changes.error());
        return std::nullopt;
    }
    return Plan{std::move(*definitions), std::move(*changes)};
}

struct PlannedChanges {
    std::vector<cluster::MetadataCommand> commands;
    std::vector<std::string> labels;
};

PlannedChanges changes_of(const Call& call, Definitions&& definitions, const std::string& digest) {
    PlannedChanges changes;
    changes.commands.reserve(definitions.commands.size() + 1);
    for (auto& definition : definitions.commands) {
        changes.labels.push_back(std::move(definition.label));
        changes.commands.push_back(completed(call, std::move(definition)));
    }
    if (!digest.empty())
        changes.commands.emplace_back(broker::TopologyCommand{
            broker::SetGlobalParameter{std::string(imported_definitions_parameter), digest}});
    return changes;
}

// Goes on even if the client does not wait for it. What has changed between the plan and its turn
// makes it anew, while nothing else changes: so what is made is the plan, all of it.
void import(const CallRef& call, Source source, Plan first) {
    auto& desk = call->api().desk();
    auto labels = std::make_shared<std::vector<std::string>>();
    desk.submit_undisturbed(
        [call, labels, source, planned = std::move(first),
         planned_at = call->api().node().newest_change()]() mutable
            -> std::optional<std::vector<cluster::MetadataCommand>> {
            if (call->api().node().newest_change() != planned_at) {
                auto again = plan(call, source);
                if (!again) return std::nullopt;
                planned = std::move(*again);
            }
            for (const auto& warning : planned.definitions.warnings)
                log::warning(log::general, "{}", warning);
            auto changes = changes_of(*call, std::move(planned.definitions), source.digest);
            *labels = std::move(changes.labels);
            return std::move(changes.commands);
        },
        [call, labels,
         redirect = source.redirect](const Result<void, QuestionDesk::RefusedChange>& outcome) {
            if (outcome) {
                log::info(log::general, "user '{}' has imported definitions: {} objects",
                          call->user().username, labels->size());
                return respond_imported(call, redirect);
            }
            const auto& refused = outcome.error();
            call->refuse_bad(fmt::format(
                "{}: {} ({} objects before it are imported)",
                refused.place < labels->size() ? (*labels)[refused.place] : "the import itself",
                refused.text, refused.place));
        });
}

bool is_last_import(const Api& api, const std::string& digest) {
    const auto& parameters = api.topology().global_parameters();
    const auto known = parameters.find(std::string(imported_definitions_parameter));
    return known != parameters.end() && known->second == amqp091::FieldValue(digest);
}

void post(const CallRef& call, const std::string& vhost) {
    const auto upload = upload_in(call);
    if (!upload) return;
    const Api& api = call->api();
    if (upload->text.empty()) return respond_imported(call, upload->redirect);
    Source source{.text = upload->text,
                  .vhost = vhost,
                  .digest = {},
                  .redirect = std::string(upload->redirect)};
    if (call->query_is_true("skip_if_unchanged")) {
        source.digest = digest_of_text(upload->text);
        if (is_last_import(api, source.digest)) return respond_imported(call, upload->redirect);
    }
    auto planned = plan(call, source);
    if (!planned) return;
    const auto& changes = planned->difference;
    if (call->query_is_true("dry_run"))
        return call->respond_json(
            json::object{{"created", labels_json(changes.created)},
                         {"changed", labels_json(changes.changed)},
                         {"unchanged", labels_json(changes.unchanged)},
                         {"warnings", labels_json(planned->definitions.warnings)}});
    import(call, std::move(source), std::move(*planned));
}

}  // namespace

void post_definitions(const CallRef& call) {
    post(call, {});
}

void post_vhost_definitions(const CallRef& call) {
    if (call->api().topology().find_vhost(call->part("vhost")) == nullptr)
        return call->refuse(404, "not_found", "vhost_not_found");
    post(call, call->part("vhost"));
}

}  // namespace warren::http::routes
