# Made from the table of commands.
complete -c lacpd -f
complete -c lacpd -n __fish_use_subcommand -a run -d 'makes the bonds of FILE and keeps them until SIGTERM or SIGINT'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o config -d 'YAML FILE: a list "bonds", see below' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from run' -o no-sandbox -d 'do not restrict the files and system calls of run with Landlock and seccomp'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from run' -o socket-group -d 'the members of the GROUP may use the socket too' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o state-dir -d 'DIR where run saves the original state of the interfaces, so that the next run can restore them after it was killed' -r -a '(__fish_complete_directories)'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o trace -d 'log each transition of the LACP machines'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o warm -d 'at the end keep the LAGs\' state in DIR and do not leave them; the next run continues if it starts before the partners time out'
complete -c lacpd -n __fish_use_subcommand -a check -d 'reads FILE, looks up its interfaces and reports what run would refuse'
complete -c lacpd -n '__fish_seen_subcommand_from check' -o config -d 'YAML FILE: a list "bonds", see below' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from check' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n __fish_use_subcommand -a status -d 'asks the running lacpd and prints why each bond is up or down, and a table of its members; with BOND, of one bond'
complete -c lacpd -n '__fish_seen_subcommand_from status' -o format -d 'the FORMAT: text, json, proc, openconfig, teamd, prometheus, sysfs (default text)' -r -a 'text json proc openconfig teamd prometheus sysfs'
complete -c lacpd -n '__fish_seen_subcommand_from status' -o json -d 'the same as -format json'
complete -c lacpd -n '__fish_seen_subcommand_from status' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from status' -o watch -d 'show it again and again, with rates, every second or every INTERVAL (-watch=5s)'
complete -c lacpd -n '__fish_seen_subcommand_from status' -a '(__fish_complete_directories)' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a version -d 'prints the version of this program and how it was built'
complete -c lacpd -n '__fish_seen_subcommand_from version' -o json -d 'print it as JSON'
