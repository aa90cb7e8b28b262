# Made from the table of commands.
complete -c lacpd -f
complete -c lacpd -n __fish_use_subcommand -a run -d 'makes the bonds of FILE and keeps them until SIGTERM or SIGINT'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o config -d 'YAML FILE: a list "bonds", see lacpd help keys' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from run' -o fd-store -d 'at SIGTERM leave the bonds to the process that the service manager starts next, without a change that the partners or the host notice. It has to keep descriptors: FileDescriptorStoreMax of systemd. A stop leaves the interfaces as they are, too, until the next start: lacpd handover does the same for one restart'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http -d 'show the bonds on a web page at ADDRESS, such as 127.0.0.1:9408 or unix:/run/lagkit/http.sock, with /status.json and /metrics. It changes nothing and asks for no password' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http-allow-remote -d 'let -http listen at an address that other machines can reach'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http-group -d 'the members of the GROUP may use the Unix socket of -http' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o http-host -d 'NAMES, separated by commas, that browsers may use for the page besides IP addresses and localhost' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o log-format -d 'FORMAT of the log: text or json (default text)' -r -a 'text json proc openconfig teamd prometheus sysfs'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o no-sandbox -d 'do not restrict the files and system calls of run with Landlock and seccomp'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from run' -o socket-group -d 'the members of the GROUP may use the socket too' -r
complete -c lacpd -n '__fish_seen_subcommand_from run' -o state-dir -d 'DIR where run saves the original state of the interfaces, so that the next run can restore them after it was killed' -r -a '(__fish_complete_directories)'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o takeover -d 'take the bonds over from the lacpd that answers at PATH, without a change that the partners or the host notice; that one then ends. If anything fails, that one goes on'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o trace -d 'log each transition of the LACP machines'
complete -c lacpd -n '__fish_seen_subcommand_from run' -o warm -d 'at the end keep the LAGs\' state in DIR and do not leave them; the next run continues if it starts before the partners time out'
complete -c lacpd -n __fish_use_subcommand -a check -d 'reads FILE, looks up its interfaces and reports what run would refuse'
complete -c lacpd -n '__fish_seen_subcommand_from check' -o config -d 'YAML FILE: a list "bonds", see lacpd help keys' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from check' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from check' -F
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
complete -c lacpd -n '__fish_seen_subcommand_from doctor' -o probe -d 'send packets of the MTU to gateways and neighbours through the bonds'
complete -c lacpd -n '__fish_seen_subcommand_from doctor' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from doctor' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a metrics -d 'asks the running lacpd and prints its metrics for Prometheus'
complete -c lacpd -n '__fish_seen_subcommand_from metrics' -o interval -d 'write the file again after each TIME, such as 15s' -r
complete -c lacpd -n '__fish_seen_subcommand_from metrics' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from metrics' -o textfile -d 'write to the file PATH, which has to end in .prom for node_exporter' -r -F
complete -c lacpd -n __fish_use_subcommand -a watch -d 'prints each change of the bonds, or of one of them, as a line of JSON, until it is interrupted'
complete -c lacpd -n '__fish_seen_subcommand_from watch' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from watch' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a drain -d 'stops sending on a member, without loss, and makes its partner stop'
complete -c lacpd -n '__fish_seen_subcommand_from drain' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from drain' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from drain' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a undrain -d 'puts a member into use again that drain has taken out'
complete -c lacpd -n '__fish_seen_subcommand_from undrain' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from undrain' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from undrain' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a add -d 'adds an interface to a running bond'
complete -c lacpd -n '__fish_seen_subcommand_from add' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from add' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from add' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a remove -d 'takes a member out of a running bond and restores its interface'
complete -c lacpd -n '__fish_seen_subcommand_from remove' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from remove' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from remove' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a set -d 'changes keys of a running bond, all or none'
complete -c lacpd -n '__fish_seen_subcommand_from set' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from set' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from set' -a 'name= description= protocol= ports= lacp_active= lacpdu_rate= xmit_hash_policy= mtu= addresses= gateway= routes= mac= min_links= max_links= ad_select= port_priority= lacp_fallback= lacp_fallback_timeout= primary= updelay= downdelay= coupled_control= aggregate_wait= system_mac= system_priority= port_base= lacp_key= port_key= port_rate= timeout_multiplier= wait_to_restore= non_revertive= dampening_half_life= dampening_suppress= dampening_reuse= dampening_max= resilient= port_weight= weight_by_speed= balance_interval= flush_timeout= hash_symmetric= hash_inner= hash_hardened= hash_tags= hash_seed= admin_down= min_links_down= min_bandwidth= data_plane= primary_reselect= mac_policy= failover_priority= packets_per_port= announce= announce_count= announce_interval= rejoin_count= receive= receive_ring= hardware_offload= queues= carrier_poll= allow_host_stack= allow_replace= lag= lag_mode= lag_prefer= lag_restore_delay= lag_ready= on_isolation= watchdog= (command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a down -d 'takes a bond out of use: its members stay, but carry no data, and the partner does not use them'
complete -c lacpd -n '__fish_seen_subcommand_from down' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from down' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from down' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a up -d 'puts a bond into use again'
complete -c lacpd -n '__fish_seen_subcommand_from up' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from up' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from up' -a '(command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a gate -d 'holds a member out of the bond for another program, such as one that authenticates the link with MACsec or watches it with BFD, until that opens the gate'
complete -c lacpd -n '__fish_seen_subcommand_from gate' -o gate -d 'NAME of the gate' -r
complete -c lacpd -n '__fish_seen_subcommand_from gate' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from gate' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from gate' -a 'open closed distributing (command ls /sys/class/net)'
complete -c lacpd -n __fish_use_subcommand -a diff -d 'prints what apply, or a reload of FILE, would do to the running bonds, and whether traffic would be touched'
complete -c lacpd -n '__fish_seen_subcommand_from diff' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from diff' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from diff' -F
complete -c lacpd -n __fish_use_subcommand -a apply -d 'gives the running lacpd another configuration'
complete -c lacpd -n '__fish_seen_subcommand_from apply' -o confirm -d 'TIME such as 60s for lacpd confirm to come, 1s to 24h' -r
complete -c lacpd -n '__fish_seen_subcommand_from apply' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from apply' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from apply' -F
complete -c lacpd -n __fish_use_subcommand -a confirm -d 'keeps the configuration that apply -confirm has applied: lacpd replaces its file'
complete -c lacpd -n '__fish_seen_subcommand_from confirm' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from confirm' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n __fish_use_subcommand -a rollback -d 'puts the configuration back that apply -confirm has replaced, at once'
complete -c lacpd -n '__fish_seen_subcommand_from rollback' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from rollback' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n __fish_use_subcommand -a handover -d 'prepares a restart that the partners and the host do not notice: for 60 seconds, a SIGTERM makes the running lacpd leave the bonds to the process that the service manager starts next'
complete -c lacpd -n '__fish_seen_subcommand_from handover' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from handover' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n __fish_use_subcommand -a chassis -d 'is about the LAGs that this box shows its partners together with others, see the section chassis of the file'
complete -c lacpd -n '__fish_seen_subcommand_from chassis' -o active -d 'with stop: NAME of the box that carries the LAG now' -r
complete -c lacpd -n '__fish_seen_subcommand_from chassis' -o epoch -d 'with permit: N counts the decisions of the engine; an older one than the last is refused' -r
complete -c lacpd -n '__fish_seen_subcommand_from chassis' -o format -d 'the FORMAT of status: text or json (default text)' -r -a 'text json proc openconfig teamd prometheus sysfs'
complete -c lacpd -n '__fish_seen_subcommand_from chassis' -o hold -d 'with permit: TIME such as 1s that the permission lasts, 300ms to 1m' -r
complete -c lacpd -n '__fish_seen_subcommand_from chassis' -o json -d 'print the answer as JSON'
complete -c lacpd -n '__fish_seen_subcommand_from chassis' -o socket -d 'PATH of the socket of run' -r -F
complete -c lacpd -n '__fish_seen_subcommand_from chassis' -a 'status handover ready permit stop yes no'
complete -c lacpd -n __fish_use_subcommand -a version -d 'prints the version of this program and how it was built'
complete -c lacpd -n '__fish_seen_subcommand_from version' -o json -d 'print it as JSON'
