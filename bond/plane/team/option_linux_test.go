package team

import (
	"bytes"
	"encoding/hex"
	"reflect"
	"testing"
)

// recorded is the answer of the driver of Linux 6.1 to a request for the options of the team with
// index 3, in mode roundrobin, whose only port is disabled and has index 1054.
const recorded = "0800010003000000b001020028000100090001006d6f64650000000005000300050000000f000400726f756e64726f62696e0000" +
	"2c000100170001006e6f746966795f70656572735f636f756e740000050003000300000008000400000000003000" +
	"01001a0001006e6f746966795f70656572735f696e74657276616c000000050003000300000008000400000000002c0001" +
	"00170001006d636173745f72656a6f696e5f636f756e74000005000300030000000800040000000000300001001a000100" +
	"6d636173745f72656a6f696e5f696e74657276616c00000005000300030000000800040000000000240001000c000100" +
	"656e61626c656400080006001e0400000500030006000000040004002400010010000100757365725f6c696e6b757000" +
	"080006001e04000005000300060000002c00010018000100757365725f6c696e6b75705f656e61626c65640008000600" +
	"1e04000005000300060000002c0001000d0001007072696f7269747900000000080006001e040000050003000e000000" +
	"08000400000000002c0001000d00010071756575655f696400000000080006001e04000005000300030000000800040000000000"

func TestAnswerIsRead(t *testing.T) {
	data, err := hex.DecodeString(recorded)
	if err != nil {
		t.Fatal(err)
	}
	list, err := decodeOptions(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 10 || list[0].name != optionMode || list[0].text() != modeTurns || list[5].name != optionEnabled || list[5].port != 1054 {
		t.Errorf("options %+v, want mode roundrobin first, and of port 1054 enabled sixth, of ten", list)
	}
	if list[1].number() != 0 || list[9].kind != kindNumber || list[9].name != "queue_id" {
		t.Errorf("options %+v, want two numbers", list)
	}
	want := &image{mode: modeTurns, ports: map[uint32]use{1054: {true, true}}}
	if got := parse(list); !reflect.DeepEqual(got, want) {
		t.Errorf("parse() = %+v, want %+v", got, want)
	}
}

// TestAnswerThatEndsEarlyIsRefused, or read as far as it goes, but never crashes.
func TestAnswerThatEndsEarlyIsRefused(t *testing.T) {
	data, err := hex.DecodeString(recorded)
	if err != nil {
		t.Fatal(err)
	}
	for n := range len(data) {
		if list, err := decodeOptions(data[:n]); err == nil && len(list) > 0 {
			t.Errorf("%d octets: %d options and no error, want an error", n, len(list))
		}
	}
}

// TestRequest compares a request with one that the driver of Linux 6.1 has carried out.
func TestRequest(t *testing.T) {
	const want = "0800010005000000" + "84000280" +
		"200001800c000100656e61626c6564000500030006000000" + "0800060007000000" + // disable port 7
		"3c0001801f0001006c625f74785f686173685f746f5f706f72745f6d617070696e6700000500030003000000" + "0800040007000000" + "0800070002000000" +
		"240001800c000100656e61626c6564000500030006000000" + "04000400" + "0800060008000000" // enable port 8
	row := numberOption(optionTable, 7)
	row.array, row.index = true, 2
	list := []option{boolOption(optionEnabled, 7, false), row, boolOption(optionEnabled, 8, true)}
	if native.Uint16([]byte{1, 0}) != 1 {
		t.Skip("the request was recorded on a little-endian machine")
	}
	data, err := encodeOptions(5, list)
	if got := hex.EncodeToString(data); got != want || err != nil {
		t.Errorf("encodeOptions() = %s, %v; want %s", got, err, want)
	}
	back, err := decodeOptions(data)
	if err != nil || !reflect.DeepEqual(back, list) {
		t.Errorf("decodeOptions() = %+v, %v; want %+v", back, err, list)
	}
	if o := textOption(optionMode, "random"); !bytes.Equal(o.data, []byte("random\x00")) || o.text() != "random" {
		t.Errorf("a text is %q, want it with a zero at the end", o.data)
	}
}
