#include "app/config/command_line.h"

#include <CLI/CLI.hpp>
#include <sstream>

namespace warren::config {

Result<CommandLine, EarlyExit> parse_command_line(int argc, const char* const* argv,
                                                  std::string_view version) {
    CommandLine line;
    CLI::App app("WarrenMQ: a message broker that takes RabbitMQ's place.", "warrenmq-server");
    app.add_option(
           "--config", line.config_paths,
           "rabbitmq.conf to read, or a directory of *.conf files; may be repeated, later ones win")
        ->type_name("FILE")
        ->allow_extra_args(false);
    app.add_option("--data-dir", line.data_dir,
                   "directory of the node's data; made if it is not there")
        ->type_name("DIR");
    app.add_flag("--check-config", line.check_config,
                 "only say whether the configuration is valid");
    auto* const check_data =
        app.add_option(
               "--check-data", line.check_data,
               "only look at every file of a data folder that no server uses, and say what "
               "is damaged and what it costs; ends with 0 (sound), 1 (damaged) or 2 (cannot "
               "tell)")
            ->type_name("DIR");
    app.add_flag("--repair", line.repair,
                 "with --check-data: set damaged files aside and keep what is sound in them")
        ->needs(check_data);
    app.set_version_flag("--version", "WarrenMQ " + std::string(version));
    app.footer(
        "Without --config: $RABBITMQ_CONFIG_FILE, else /etc/warrenmq/warrenmq.conf or\n"
        "/etc/rabbitmq/rabbitmq.conf, each with conf.d/*.conf. Without --data-dir: "
        "$RABBITMQ_MNESIA_DIR,\n"
        "$RABBITMQ_MNESIA_BASE/<node>, /var/lib/warrenmq if it can be written to, else ./data.");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& outcome) {
        std::ostringstream output, complaint;
        const bool is_wrong = app.exit(outcome, output, complaint) != 0;
        return fail(EarlyExit{is_wrong ? 2 : 0, output.str() + complaint.str()});
    }
    return line;
}

}  // namespace warren::config
