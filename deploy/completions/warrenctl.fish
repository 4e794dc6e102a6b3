# Completion of WarrenMQ's tools for fish: the tool itself knows its commands and their options.
for tool in warrenctl rabbitmqctl rabbitmq-diagnostics rabbitmq-queues rabbitmq-streams rabbitmq-plugins rabbitmq-upgrade
    complete -c $tool -n '__fish_is_first_token' -f -a "($tool autocomplete (commandline -ct) 2>/dev/null)"
    complete -c $tool -n '__fish_seen_subcommand_from help' -f -a "($tool autocomplete (commandline -ct) 2>/dev/null)"
    complete -c $tool -n 'string match -q -- "-*" (commandline -ct)' -f \
        -a "($tool autocomplete --options (commandline -ct) (commandline -opc)[2..] 2>/dev/null)"
end
