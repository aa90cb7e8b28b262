# Made from the table of commands.
_lacpd() {
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W "run check convert status history explain doctor version" -- "$cur"))
		return
	fi
	case $command,$prev in
	run,-config) COMPREPLY=($(compgen -f -- "$cur")); return ;;
	run,-http) :; return ;;
	run,-http-group) :; return ;;
	run,-http-host) :; return ;;
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
	esac
	case $command,$cur in
	run,-*) COMPREPLY=($(compgen -W "-config -http -http-allow-remote -http-group -http-host -no-sandbox -socket -socket-group -state-dir -trace -warm" -- "$cur")); return ;;
	check,-*) COMPREPLY=($(compgen -W "-config -socket" -- "$cur")); return ;;
	convert,-*) COMPREPLY=($(compgen -W "-from" -- "$cur")); return ;;
	status,-*) COMPREPLY=($(compgen -W "-format -json -socket -watch" -- "$cur")); return ;;
	history,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	explain,-*) COMPREPLY=($(compgen -W "-from -json -socket -to -vlan" -- "$cur")); return ;;
	doctor,-*) COMPREPLY=($(compgen -W "-json -socket" -- "$cur")); return ;;
	version,-*) COMPREPLY=($(compgen -W "-json" -- "$cur")); return ;;
	esac
	case $command in
	convert) COMPREPLY=($(compgen -f -- "$cur")) ;;
	status) COMPREPLY=($(compgen -d -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	history) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	explain) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	doctor) COMPREPLY=($(compgen -W "$(command ls /sys/class/net 2>/dev/null)" -- "$cur")) ;;
	esac
}
complete -o filenames -F _lacpd lacpd
