// Memory that the operating system can have back.
#pragma once

namespace twoseal {

/// Lets go of pages of the program and its libraries that nothing has written to: what only the
/// start needed is not kept resident, and what is needed is mapped again from the page cache.
void give_back_program_pages();

}  // namespace twoseal
