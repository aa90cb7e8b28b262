// Command chaos is an operator who does everything at once to a running lacpd, and a judge.
// The judge checks all the time that the status of lacpd is true, that frames pass when it
// says so, each once and in order, that everything recovers by itself, and that nothing
// remains at the end. A seed determines the actions, so a seed that fails can be run again.
//
// The plan (plan.go) consists of the actions in actions_*.go. Each action records its effect
// and its bound in the model (model.go). The ledger (ledger.go) records the fate of each
// numbered frame. The judge (judge_linux.go) compares the two with the status. The bed
// (bed_linux.go) has the two ends and the cables between them.
//
// It needs root, and makes its own network namespaces.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	var s settings
	partner := flag.String("partner", "ovs", "ovs (Open vSwitch) or lagkit (a second lacpd)")
	plan := flag.Bool("plan", false, "print what would be done, and end")
	flag.Uint64Var(&s.seed, "seed", uint64(time.Now().UnixNano()%1e6), "what follows from the same number is the same")
	flag.DurationVar(&s.length, "length", 2*time.Minute, "how long things are done")
	flag.IntVar(&s.members, "members", 3, "number of cables")
	flag.StringVar(&s.program, "lacpd", "", "the program, built")
	flag.BoolVar(&s.full, "full", false, "the kernel has netem, police and VLANs: use them")
	flag.DurationVar(&s.every, "every", 20*time.Millisecond, "time between two frames of a flow")
	flag.BoolVar(&s.keep, "keep", false, "leave the files of a run that fails, and print where they are")
	flag.BoolVar(&s.verbose, "v", false, "print each step when it is done")
	flag.Parse()
	s.lagkit = *partner == "lagkit"
	switch {
	case *plan:
		for _, step := range makePlan(s) {
			fmt.Printf("%8.3f  %s\n", step.at.Seconds(), step.what)
		}
		return
	case s.program == "" || *partner != "ovs" && !s.lagkit || s.members < 2 || s.every < time.Millisecond || s.every > aliveFor/3:
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	fmt.Printf("seed %d, partner %s, %v\n", s.seed, s.partner(), s.length)
	r, err := run(ctx, s, os.Stdout)
	if err != nil {
		fmt.Fprintf(os.Stderr, "seed %d, partner %s: %v\n", s.seed, s.partner(), err)
		os.Exit(1)
	}
	fmt.Printf("seed %d, partner %s: clean: %v\n", s.seed, s.partner(), &r)
}
