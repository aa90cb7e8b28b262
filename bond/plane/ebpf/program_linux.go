package ebpf

import (
	"errors"
	"fmt"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)

// license is this module's. The programs use no helper that demands another.
const license = "Apache-2.0"

// load loads a program. If the verifier refuses it, the error is an [*ebpf.VerifierError] with
// the verifier's words.
func load(name string, c code) (*ebpf.Program, error) {
	allowMemory()
	spec := &ebpf.ProgramSpec{Name: name, Type: ebpf.SchedCLS, Instructions: describe(c), License: license}
	p, err := ebpf.NewProgram(spec)
	var refused *ebpf.VerifierError
	if errors.As(err, &refused) { // also by a kernel that does not know its own types
		spec.Instructions = c
		if plain, again := ebpf.NewProgram(spec); again == nil {
			p, err = plain, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("load program %s: %w", name, err)
	}
	return p, nil
}

// describe makes the hash function a global one, for the verifier: it goes through it by itself, and
// not again for each way into it and out of it. Without CAP_PERFMON that would be too much for some
// kernels, since there are computed addresses in the rest of the program.
func describe(c code) code {
	called := make(map[string]bool)
	for _, i := range c {
		if i.IsFunctionCall() {
			called[i.Reference()] = true
		}
	}
	if !called[hashFunction] {
		return c
	}
	number := &btf.Int{Name: "int", Size: 4, Encoding: btf.Signed}
	function := func(name string) *btf.Func {
		fn := &btf.Func{Name: name, Linkage: btf.StaticFunc, Type: &btf.FuncProto{Return: number}}
		if name == hashFunction {
			frame := btf.FuncParam{Name: "frame", Type: &btf.Pointer{Target: &btf.Struct{Name: "__sk_buff"}}}
			fn.Linkage, fn.Type = btf.GlobalFunc, &btf.FuncProto{Return: number, Params: []btf.FuncParam{frame}}
		}
		return fn
	}
	c = slices.Clone(c)
	c[0] = btf.WithFuncMetadata(c[0].WithSymbol("main"), function("main"))
	for i := range c {
		if name := c[i].Symbol(); called[name] {
			c[i] = btf.WithFuncMetadata(c[i], function(name))
		}
	}
	return c
}

// closeLoaded ends this process's use of a program. A hook keeps the program.
func closeLoaded(p *ebpf.Program) { _ = p.Close() } // nothing is lost
