// Logs in with libssh2 and its keyboard-interactive method, and runs one command.
//
//   libssh2_login HOST PORT ACCOUNT COMMAND
//
// Each prompt is printed as it came. Exit status: the command's, or 1 when the login is refused. The host key is not
// looked at: it is the login that is tried here, over loopback.
#include <arpa/inet.h>
#include <libssh2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void Answer(const char* name, int name_length, const char* instruction, int instruction_length,
                   int prompt_count, const LIBSSH2_USERAUTH_KBDINT_PROMPT* prompts,
                   LIBSSH2_USERAUTH_KBDINT_RESPONSE* responses, void** abstract) {
  (void)abstract;
  if (name_length > 0) {
    printf("%.*s\n", name_length, name);
  }
  if (instruction_length > 0) {
    printf("%.*s\n", instruction_length, instruction);
  }
  for (int i = 0; i < prompt_count; ++i) {
    printf("%.*s", (int)prompts[i].length, (const char*)prompts[i].text);
    fflush(stdout);
    char line[64] = "";
    if (fgets(line, sizeof line, stdin) == NULL) {
      line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    responses[i].text = strdup(line);  // libssh2 frees it
    responses[i].length = (unsigned)strlen(line);
  }
  fflush(stdout);
}

static int Connect(const char* host, const char* port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1 ||
      connect(connection, (struct sockaddr*)&address, sizeof address) != 0) {
    perror("connect");
    exit(2);
  }
  return connection;
}

static int Run(LIBSSH2_SESSION* session, const char* command) {
  LIBSSH2_CHANNEL* channel = libssh2_channel_open_session(session);
  if (channel == NULL || libssh2_channel_exec(channel, command) != 0) {
    return 2;
  }
  char part[4096];
  for (ssize_t size; (size = libssh2_channel_read(channel, part, sizeof part)) > 0;) {
    fwrite(part, 1, (size_t)size, stdout);
  }
  libssh2_channel_close(channel);
  const int status = libssh2_channel_get_exit_status(channel);
  libssh2_channel_free(channel);
  return status;
}

int main(int argc, char** argv) {
  if (argc != 5 || libssh2_init(0) != 0) {
    return 2;
  }
  const int connection = Connect(argv[1], argv[2]);
  LIBSSH2_SESSION* session = libssh2_session_init();
  if (session == NULL || libssh2_session_handshake(session, connection) != 0) {
    return 2;
  }
  int status = 1;
  if (libssh2_userauth_keyboard_interactive(session, argv[3], Answer) == 0) {
    status = Run(session, argv[4]);
  } else {
    printf("refused\n");
  }
  libssh2_session_disconnect(session, "done");
  libssh2_session_free(session);
  close(connection);
  libssh2_exit();
  return status;
}
