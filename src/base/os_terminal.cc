#include "base/os_terminal.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <string.h>  // explicit_bzero
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/os_file.h"

namespace twoseal {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile std::sig_atomic_t caught_signal = 0;

// Switches the echo of a terminal off, and on again whatever happens. A signal ends the waiting
// read; it is delivered anew when the terminal is as it was.
class Silence {
 public:
  explicit Silence(int terminal) : terminal_(terminal) {
    caught_signal = 0;
    struct sigaction action = {};
    action.sa_handler = [](int number) { caught_signal = number; };
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &action, &before_[i]);
    }
    switched_ = ::tcgetattr(terminal_, &settings_) == 0;
    if (switched_) {
      termios silent = settings_;
      silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
      silent.c_lflag |= ECHONL;
      ::tcsetattr(terminal_, TCSAFLUSH, &silent);
    }
  }

  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

  ~Silence() {
    if (switched_) {
      ::tcsetattr(terminal_, TCSAFLUSH, &settings_);
    }
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
      ::sigaction(kSignals[i], &before_[i], nullptr);
    }
    if (caught_signal != 0) {
      ::raise(caught_signal);
    }
  }

 private:
  int terminal_;
  bool switched_ = false;
  termios settings_ = {};
  std::array<struct sigaction, kSignals.size()> before_ = {};
};

FileDescriptor open_terminal() {
  return FileDescriptor(::open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC));
}

std::unexpected<Error> no_terminal() {
  return fail(Errc::no_terminal, "this program has no terminal");
}

// One line, read octet by octet so that nothing behind it is taken from a pipe.
Result<Bytes> read_line(int descriptor, const std::string& where) {
  Bytes line;
  line.reserve(kPassphraseMax + 1);  // no copy is left behind by growing
  while (true) {
    char octet = 0;
    const ssize_t got = ::read(descriptor, &octet, 1);
    if (got < 0) {
      const int number = errno;
      wipe(line);
      return std::unexpected(os_error(number, "reading", where));
    }
    if (got == 0 || octet == '\n') {
      return line;
    }
    if (line.size() == kPassphraseMax) {
      wipe(line);
      return fail(Errc::too_large, "longer than " + std::to_string(kPassphraseMax), where);
    }
    line += octet;
  }
}

}  // namespace

Result<Bytes> ask_passphrase(std::string_view question) {
  const FileDescriptor terminal = open_terminal();
  if (!terminal.is_open()) {
    return no_terminal();
  }
  const Silence silence(terminal.get());
  TWOSEAL_TRY_VOID(write_all(terminal.get(), question));
  return read_line(terminal.get(), "the terminal");
}

Result<std::string> ask_line(std::string_view question) {
  const FileDescriptor terminal = open_terminal();
  if (!terminal.is_open()) {
    return no_terminal();
  }
  TWOSEAL_TRY_VOID(write_all(terminal.get(), question));
  return read_line(terminal.get(), "the terminal");
}

Result<Bytes> read_passphrase_file(const std::string& path) {
  Bytes line;
  if (path == "-") {
    TWOSEAL_TRY(line, read_line(STDIN_FILENO, "standard input"));
  } else {
    TWOSEAL_TRY(line, read_file(path, kPassphraseMax));
    const std::size_t end = std::min(line.find('\n'), line.size());
    explicit_bzero(line.data() + end, line.size() - end);
    line.resize(end);
  }
  if (line.empty()) {
    return fail(Errc::usage, "the passphrase is empty", path);
  }
  return line;
}

Result<void> show_on_terminal(std::string_view text) {
  const FileDescriptor terminal = open_terminal();
  if (!terminal.is_open()) {
    return no_terminal();
  }
  return write_all(terminal.get(), text);
}

bool is_terminal(int descriptor) {
  return ::isatty(descriptor) == 1;
}

std::size_t terminal_width(int descriptor) {
  winsize size = {};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col;
  }
  return 80;
}

}  // namespace twoseal
