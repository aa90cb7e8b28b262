# Made from the table of commands.
complete -c lacpd -f
complete -c lacpd -n __fish_use_subcommand -a run -d 'makes the bonds of FILE and keeps them until SIGTERM or SIGINT'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o config -d 'YAML FILE: a list "bonds", see below' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http -d 'show the bonds on a web page at ADDRESS, such as 127.0.0.1:9408 or unix:/run/lagkit/http.sock, with /status.json and /metrics. It changes nothing and asks for no password' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http-allow-remote -d 'let -http listen at an address that other machines can reach'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http-group -d 'the members of the GROUP may use the Unix socket of -http' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http-host -d 'NAMES, separated by commas, by which browsers may ask for the page, apart from IP addresses and localhost' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o no-sandbox -d 'do not restrict the files and system calls of run with Landlock and seccomp'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from run' -o socket-group -d 'the members of the GROUP may use the socket too' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o state-dir -d 'DIR where run saves the original state of the interfaces, so that the next run can restore them after it was killed' -r -a '(__fish_complete_directories)'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o trace -d 'log each transition of the LACP machines'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o warm -d 'at the end keep the LAGs\' state in DIR and do not leave them; the next run continues if it starts before the partners time out'
complete -c lacpd -n __fish_use_subcommand -a check -d 'reads FILE, looks up its interfaces and reports what run would refuse'
complete -c lacpd -n '__fish_seen_subcommand_from check' -o config -d 'YAML FILE: a list "bonds", see below' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from check' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n __fish_use_subcommand -a convert -d 'reads the bonds of another program\'s files, all of one program, and prints a FILE for lacpd'
complete -c lacpd -n '__fish_seen_subcommand_from convert' -o from -d 'the PROGRAM: netplan, networkd, ifupdown, or truenas, which is what midclt call interface.query prints; by default it is guessed' -r
complete -c lacpd -n '__fish_seen_subcommand_from convert' -F
complete -c lacpd -n __fish_use_subcommand -a status -d 'asks the running lacpd and prints why each bond is up or down, and a table of its members; with BOND, of one bond'
complete -c lacpd -n '__fish_seen_subcommand_from status' -o format -d 'the FORMAT: text, json, proc, openconfig, teamd, prometheus, sysfs (default text)' -r -a 'text json proc openconfig teamd prometheus sysfs'
complete -c lacpd -n '__fish_seen_subcommand_from status' -o json -d 'the same as -format json'
complete -c lacpd -n '__fish_seen_subcommand_from status' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from status' -o watch -d 'show it again and again, with rates, every second or every INTERVAL (-watch=5s)'
complete -c lacpd -n '__fish_seen_subcommand_from status' -a '(__fish_complete_directories)' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a history -d 'prints the last transitions of the member\'s LACP machines, oldest first'
complete -c lacpd -n '__fish_seen_subcommand_from history' -o json -d 'print them as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from history' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from history' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a explain -d 'asks the running bond which member carries a frame that the host sends now, and why'
complete -c lacpd -n '__fish_seen_subcommand_from explain' -o from -d 'source MAC address of the flow (default the bond\'s)' -r
complete -c lacpd -n '__fish_seen_subcommand_from explain' -o json -d 'print the explanation as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from explain' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from explain' -o to -d 'destination MAC address of the flow, which is that of the next hop; hash policies with layer2 read it' -r
complete -c lacpd -n '__fish_seen_subcommand_from explain' -o vlan -d 'ID of the flow\'s VLAN tag' -r
complete -c lacpd -n '__fish_seen_subcommand_from explain' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a doctor -d 'looks for what is wrong with the bonds, in their status and on the host, and prints findings with advice'
complete -c lacpd -n '__fish_seen_subcommand_from doctor' -o json -d 'print the findings as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from doctor' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from doctor' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a version -d 'prints the version of this program and how it was built'
complete -c lacpd -n '__fish_seen_subcommand_from version' -o json -d 'print it as JSON'
