# Made from the table of commands.
_lacpd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "run check convert status history explain doctor metrics watch drain undrain add remove set down up gate diff apply confirm rollback handover chassis version" -- "$cur"))
		return
	fi
	case $command,$prev in
	run,-config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	run,-http) :; return ;;
	run,-http-group) :; return ;;
	run,-http-host) :; return ;;
	run,-log-format) COMPREPLY=($(compgen -W "text json proc openconfig teamd prometheus sysfs" -- "$cur")); return ;;
	run,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	run,-socket-group) :; return ;;
	run,-state-dir) COMPREPLY=($(compgen -d -- "$cur")); return ;;
	check,-config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	check,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	convert,-from) :; return ;;
	status,-format) COMPREPLY=($(compgen -W "text json proc openconfig teamd prometheus sysfs" -- "$cur")); return ;;
	status,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	history,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	explain,-from) :; return ;;
	explain,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	explain,-to) :; return ;;
	explain,-vlan) :; return ;;
	doctor,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	metrics,-interval) :; return ;;
	metrics,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	metrics,-textfile) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	watch,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	drain,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	undrain,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	add,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	remove,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	set,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	down,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	up,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	gate,-gate) :; return ;;
	gate,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	diff,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	apply,-confirm) :; return ;;
	apply,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	confirm,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	rollback,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	handover,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	chassis,-active) :; return ;;
	chassis,-epoch) :; return ;;
	chassis,-format) COMPREPLY=($(compgen -W "text json proc openconfig teamd prometheus sysfs" -- "$cur")); return ;;
	chassis,-hold) :; return ;;
	chassis,-socket) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	esac
	case $command,$cur in
	run,-*) COMPREPLY=($(compgen -W "-config -fd-store -http -http-allow-remote -http-group -http-host -log-format -no-sandbox -socket -socket-group -state-dir -takeover -trace -warm" -- "$cur")); return ;;
	check,-*) COMPREPLY=($(compgen -W "-config -socket" -- "$cur")); return ;;
	convert,-*) COMPREPLY=($(compgen -W "-from" -- "$cur")); return ;;
	status,-*) COMPREPLY=($(compgen -W "-format -json -socket -watch" -- "$cur")); return ;;
	history,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	explain,-*) COMPREPLY=($(compgen -W "-from -json -socket -to -vlan" -- "$cur")); return ;;
	doctor,-*) COMPREPLY=($(compgen -W "-json -probe -socket" -- "$cur")); return ;;
	metrics,-*) COMPREPLY=($(compgen -W "-interval -socket -textfile" -- "$cur")); return ;;
	watch,-*) COMPREPLY=($(compgen -W "-socket" -- "$cur")); return ;;
	drain,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	undrain,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	add,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	remove,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	set,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	down,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	up,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	gate,-*) COMPREPLY=($(compgen -W "-gate -json -socket" -- "$cur")); return ;;
	diff,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	apply,-*) COMPREPLY=($(compgen -W "-confirm -json -socket" -- "$cur")); return ;;
	confirm,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	rollback,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	handover,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	chassis,-*) COMPREPLY=($(compgen -W "-active -epoch -format -hold -json -socket" -- "$cur")); return ;;
	version,-*) COMPREPLY=($(compgen -W "-json" -- "$cur")); return ;;
	esac
	case $command in
	check) COMPREPLY=($(compgen -f -- "$cur")) ;;
	convert) COMPREPLY=($(compgen -f -- "$cur")) ;;
	status) COMPREPLY=($(compgen -d -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	history) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	explain) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	doctor) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	watch) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	drain) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	undrain) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	add) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	remove) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	set) COMPREPLY=($(compgen -W "name= description= protocol= ports= lacp_active= lacpdu_rate= xmit_hash_policy= mtu= addresses= gateway= routes= mac= min_links= max_links= ad_select= port_priority= lacp_fallback= lacp_fallback_timeout= primary= updelay= downdelay= coupled_control= aggregate_wait= system_mac= system_priority= port_base= lacp_key= port_key= port_rate= timeout_multiplier= wait_to_restore= non_revertive= dampening_half_life= dampening_suppress= dampening_reuse= dampening_max= resilient= port_weight= weight_by_speed= balance_interval= flush_timeout= hash_symmetric= hash_inner= hash_hardened= hash_tags= hash_seed= admin_down= min_links_down= min_bandwidth= data_plane= primary_reselect= mac_policy= failover_priority= packets_per_port= announce= announce_count= announce_interval= rejoin_count= receive= receive_ring= hardware_offload= queues= carrier_poll= allow_host_stack= allow_replace= lag= lag_mode= lag_prefer= lag_restore_delay= lag_ready= on_isolation= watchdog= $(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	down) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	up) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	gate) COMPREPLY=($(compgen -W "open closed distributing $(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	diff) COMPREPLY=($(compgen -f -- "$cur")) ;;
	apply) COMPREPLY=($(compgen -f -- "$cur")) ;;
	chassis) COMPREPLY=($(compgen -W "status handover ready permit stop yes no" -- "$cur")) ;;
	esac
}
complete -o filenames -F _lacpd lacpd
