// The vectors of an attack, each said by a hostile server to a real agent.
#pragma once

namespace twoseal::hostile {

/// Checks that the agent ends each vector of `attack` in the code that it states, with the host and
/// the agent's directory as before; and that with its honest neighbours it comes as far as its own
/// plan, of which a vector can know nothing: C4.
void vectors_over_wire(int attack);

}  // namespace twoseal::hostile
