// Logs in with libssh and its keyboard-interactive method, and runs one command.
//
//   libssh_login HOST PORT ACCOUNT COMMAND
//
// Each prompt is printed as it came. Exit status: the command's, or 1 when the login is refused. The host key is not
// looked at: it is the login that is tried here, over loopback.
#include <libssh/libssh.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// One request of the server: its texts, and an answer to each prompt.
static void Answer(ssh_session session) {
  const char* name = ssh_userauth_kbdint_getname(session);
  const char* instruction = ssh_userauth_kbdint_getinstruction(session);
  if (name != NULL && name[0] != '\0') {
    printf("%s\n", name);
  }
  if (instruction != NULL && instruction[0] != '\0') {
    printf("%s\n", instruction);
  }
  const int count = ssh_userauth_kbdint_getnprompts(session);
  for (int i = 0; i < count; ++i) {
    char echo = 0;
    printf("%s", ssh_userauth_kbdint_getprompt(session, (unsigned)i, &echo));
    fflush(stdout);
    char line[64] = "";
    if (fgets(line, sizeof line, stdin) == NULL) {
      line[0] = '\0';
    }
    line[strcspn(line, "\n")] = '\0';
    ssh_userauth_kbdint_setanswer(session, (unsigned)i, line);
  }
  fflush(stdout);
}

static int Run(ssh_session session, const char* command) {
  ssh_channel channel = ssh_channel_new(session);
  if (channel == NULL || ssh_channel_open_session(channel) != SSH_OK ||
      ssh_channel_request_exec(channel, command) != SSH_OK) {
    return 2;
  }
  char part[4096];
  for (int size; (size = ssh_channel_read(channel, part, sizeof part, 0)) > 0;) {
    fwrite(part, 1, (size_t)size, stdout);
  }
  ssh_channel_send_eof(channel);
  const int status = ssh_channel_get_exit_status(channel);
  ssh_channel_close(channel);
  ssh_channel_free(channel);
  return status;
}

int main(int argc, char** argv) {
  ssh_session session = ssh_new();
  if (argc != 5 || session == NULL) {
    return 2;
  }
  const int no = 0;
  ssh_options_set(session, SSH_OPTIONS_HOST, argv[1]);
  ssh_options_set(session, SSH_OPTIONS_PORT_STR, argv[2]);
  ssh_options_set(session, SSH_OPTIONS_USER, argv[3]);
  ssh_options_set(session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  if (ssh_connect(session) != SSH_OK) {
    fprintf(stderr, "connect: %s\n", ssh_get_error(session));
    return 2;
  }
  int result;
  while ((result = ssh_userauth_kbdint(session, NULL, NULL)) == SSH_AUTH_INFO) {
    Answer(session);
  }
  int status = 1;
  if (result == SSH_AUTH_SUCCESS) {
    status = Run(session, argv[4]);
  } else {
    printf("refused\n");
  }
  ssh_disconnect(session);
  ssh_free(session);
  return status;
}
