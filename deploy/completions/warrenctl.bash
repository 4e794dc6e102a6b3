# Completion of WarrenMQ's tools for bash: the tool itself knows its commands and their options.
_warrenctl() {
  local word=${COMP_WORDS[COMP_CWORD]} command='' candidate
  for candidate in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $candidate == -* ]] || { command=$candidate; break; }
  done
  case $word in
    -*) mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" autocomplete --options "$word" $command 2>/dev/null) ;;
    *)
      if [[ -z $command || $command == help ]]; then
        mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" autocomplete "$word" 2>/dev/null)
      else
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      fi ;;
  esac
}
complete -F _warrenctl warrenctl rabbitmqctl rabbitmq-diagnostics rabbitmq-queues rabbitmq-streams rabbitmq-plugins rabbitmq-upgrade
