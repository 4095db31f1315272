// Boards in a campaign: each takes its offer (firmware.post), reports progress three times, fetches the image over a connection of its own
// after the first of them if that is wanted, and reports the new version. It waits for the PUBACK of each report. A wrong answer ends it all.
#include "connections.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WAITING, FIRST, FETCHING, SECOND, THIRD, VERSION, DONE };
/* `got`: bytes of the body; -1 until the request is sent, -2 until the head of the answer is there. */
typedef struct {
  int stage, fd, port;
  long size, got;
  double sent;
  char task[24], version[64], path[200];
} Board;

static Board *boards;
static int isRunning, wantsImage, done, offers, resets;
static long fetched;
static const char *fault;
static double *waits;
static int count, room;

void makeBoards(int most) {
  boards = calloc(most, sizeof *boards);
  room = most * 5;
  waits = calloc(room, sizeof *waits);
}

static void wrong(const char *what) {
  if (fault == NULL) fault = what;
}

static void publish(int at, const char *payload) {
  unsigned char body[700], out[720];
  char topic[160], name[64];
  nameOf(name, at);
  sprintf(topic, "fogcloud/bench/%s/thing/up/ota", name);
  int n = text(body, topic), length = strlen(payload);
  body[n++] = 0;
  body[n++] = 1;
  memcpy(body + n, payload, length);
  boards[at].sent = now();
  put(&clients[at], out, packet(out, 0x32, body, n + length));
}

static void reportVersion(int at, const char *version) {
  char payload[200];
  sprintf(payload, "{\"id\":1,\"version\":\"1.0\",\"method\":\"version.post\",\"params\":{\"module\":\"default\",\"version\":\"%s\"}}", version);
  boards[at].stage = VERSION;
  publish(at, payload);
}

static void reportProgress(int at, int stage, int step) {
  char payload[240];
  sprintf(payload,
          "{\"id\":2,\"version\":\"1.0\",\"method\":\"upgrade.post\",\"params\":{\"step\":%d,\"desc\":\"\",\"module\":\"default\",\"task_id\":\"%s\"}}",
          step, boards[at].task);
  boards[at].stage = stage;
  publish(at, payload);
}

static void fetch(int at) {
  Board *b = &boards[at];
  b->stage = FETCHING;
  b->got = -1;
  b->fd = dial(b->port, at | DOWNLOAD);
  if (b->fd < 0) wrong("a download was refused");
}

/* The text of a field of the offer; its value has no escapes. */
static int field(const char *from, const char *name, char *to, int most) {
  const char *start = strstr(from, name), *end;
  if (start == NULL) return 0;
  start += strlen(name);
  end = strpbrk(start, "\",}");
  if (end == NULL || end - start >= most) return 0;
  memcpy(to, start, end - start);
  to[end - start] = 0;
  return 1;
}

void boardOffered(int at, int first, unsigned char *body, int n) {
  Board *b = &boards[at];
  char payload[2048], url[240], size[24];
  int skipped = 2 + (body[0] << 8 | body[1]) + (first & 6 ? 2 : 0);
  if (first & 6) {
    unsigned char ack[] = {0x40, 2, body[skipped - 2], body[skipped - 1]};
    put(&clients[at], ack, sizeof ack);
  }
  memcpy(payload, body + skipped, n - skipped);
  payload[n - skipped] = 0;
  const char *params = strstr(payload, "\"params\":");
  offers++;
  if (!isRunning || b->stage != WAITING) return wrong("an offer that no board waits for");
  if (params == NULL || !field(params, "\"task_id\":\"", b->task, sizeof b->task) ||
      !field(params, "\"version\":\"", b->version, sizeof b->version) || !field(params, "\"size\":", size, sizeof size) ||
      !field(params, "\"url\":\"", url, sizeof url) || sscanf(url, "http://127.0.0.1:%d%199s", &b->port, b->path) != 2)
    return wrong("an offer that cannot be read");
  b->size = atol(size);
  reportProgress(at, FIRST, 10);
}

void boardAcknowledged(int at, int id) {
  Board *b = &boards[at];
  if (!isRunning || id != 1) return;
  if (count < room) waits[count++] = now() - b->sent;
  if (b->stage == FIRST && wantsImage) fetch(at);
  else if (b->stage == FIRST) reportProgress(at, SECOND, 50);
  else if (b->stage == SECOND) reportProgress(at, THIRD, 100);
  else if (b->stage == THIRD) reportVersion(at, b->version);
  else if (b->stage == VERSION) b->stage = DONE, done++;
}

static void ask(Board *b) {
  char request[300];
  int n = sprintf(request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n", b->path, b->port);
  b->got = -2;
  if (send(b->fd, request, n, MSG_NOSIGNAL) != n) wrong("a request could not be sent");
}

/* The head comes in one piece; gives how many of these bytes are of the body, or -1. */
static int headOf(Board *b, char *bytes, int n) {
  bytes[n] = 0;
  char *end = strstr(bytes, "\r\n\r\n");
  if (end == NULL || strncmp(bytes, "HTTP/1.1 200", 12) != 0) return -1;
  b->got = 0;
  return n - (end + 4 - bytes);
}

/* Says what came instead of the bytes: the first line of another answer, or an end. */
static void cut(const Board *b, const char *bytes, int n, int error) {
  static char words[200];
  if (n > 0) sprintf(words, "a download was answered with %.60s", bytes);
  else sprintf(words, "a download ended after %ld bytes: %s", b->got < 0 ? 0 : b->got, n < 0 ? strerror(error) : "closed");
  for (char *c = words; *c; c++) if (*c < ' ' || *c == '"') *c = ' ';
  wrong(words);
}

void downloadReady(int at, unsigned events) {
  Board *b = &boards[at];
  static char bytes[65537];
  if (b->stage != FETCHING) return;
  if (b->got == -1 && events & EPOLLOUT) ask(b);
  while (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
    /* The bytes of the body are not looked at: the system drops them. */
    int n = recv(b->fd, bytes, sizeof bytes - 1, b->got < 0 ? 0 : MSG_TRUNC), asked = n;
    if (n < 0 && errno == EAGAIN) return;
    if (n > 0 && b->got < 0) n = headOf(b, bytes, n);
    else if (n <= 0) n = -1;
    if (asked < 0 && errno == ECONNRESET && b->got < 0) {
      /* The system refused the connection after it had accepted it: the board tries again, which is counted. */
      close(b->fd);
      resets++;
      return fetch(at);
    }
    if (n < 0) return cut(b, bytes, asked, errno);
    b->got += n;
    if (b->got < b->size) continue;
    close(b->fd);
    if (b->got > b->size) return wrong("a download had too many bytes");
    fetched += b->got;
    return reportProgress(at, SECOND, 50);
  }
}

static void begin(int to) {
  for (int at = 0; at < to; at++) boards[at].stage = WAITING;
  isRunning = 1;
  done = count = offers = resets = lost = 0;
  fetched = 0;
  fault = NULL;
}

static void end(double began, double used) {
  double took = now() - began;
  isRunning = 0;
  if (lost > 0) wrong("a connection was closed");
  qsort(waits, count, sizeof *waits, byValue);
  printf("{\"ms\":%.1f,\"done\":%d,\"offers\":%d,\"resets\":%d,\"fetched\":%ld,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"busy\":%.3f,\"fault\":\"%s\"}\n", took, done,
         offers, resets, fetched, count ? waits[count / 2] : 0, count ? waits[(int)(count * 0.99)] : 0, count ? waits[count - 1] : 0,
         (busy() - used) / took, fault == NULL ? "" : fault);
}

void reportVersions(const char *version, int to) {
  double began = now(), used = busy();
  begin(to);
  for (int next = 0; done < to && fault == NULL && lost == 0 && now() - began < 120000; turn(100)) {
    while (next < to && next - done < 100) reportVersion(next++, version);
  }
  end(began, used);
}

void campaign(int to, int isDownloading) {
  double began = now(), used = busy();
  begin(to);
  wantsImage = isDownloading;
  while (done < to && fault == NULL && lost == 0 && now() - began < 300000) turn(100);
  if (done < to) wrong("not every board was updated");
  end(began, used);
}
