// Package handover passes running bonds from one lacpd to its successor: the message, its
// descriptors, and the words that decide which of the two goes on.
//
// The successor listens at an address of its own and asks the running lacpd, over the control
// socket, to connect there. The running one then stops its bonds between two frames and sends the
// [Offer] with the descriptors. The successor opens the bonds without touching an interface and
// sends [Ready]; the answer [Go] makes the bonds the successor's. If anything else happens, the
// running lacpd goes on as if it had not been asked.
//
// Between Ready and its answer the connection can end without a word. Then the lacpd that had the
// bonds is dead, since it always sends a word, and the successor goes on.
package handover
