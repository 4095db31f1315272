// A load generator for connections: many MQTT clients that connect, subscribe, take part in a campaign and die at once, on one thread with
// epoll. Commands on standard input, one a line; each is answered with one line of JSON. Linux only; compiled by connections-load.mjs.
//   open FROM TO AT_ONCE   connects these clients (CONNECT, CONNACK, SUBSCRIBE of three filters, SUBACK), AT_ONCE of them at a time (0: all)
//   die FROM TO            ends their sockets at once, without DISCONNECT
//   watch SECONDS          publishes at QoS 1 over client 0, each once the one before it is acknowledged; gives the waits
//   stop                   ends a watch early, after what it waits for
//   report VERSION TO      clients 0 to TO report that version, 100 at a time
//   campaign TO DOWNLOAD   clients 0 to TO are updated: see campaign.c
#include "connections.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

Client *clients;
int epoll, lost;
static int port, active, failed, next_client, last_client, at_once;
static int again[1 << 17], agains;
static const char *prefix;

double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

double busy(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e3 + (u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

int text(unsigned char *to, const char *s) {
  int n = strlen(s);
  to[0] = n >> 8;
  to[1] = n & 255;
  memcpy(to + 2, s, n);
  return n + 2;
}

/* Bodies are between 128 and 16,383 bytes or below 128: a length of one or two bytes. */
int packet(unsigned char *to, int first, const unsigned char *body, int n) {
  int head = 0;
  to[head++] = first;
  if (n > 127) to[head++] = (n & 127) | 128, to[head++] = n >> 7;
  else to[head++] = n;
  memcpy(to + head, body, n);
  return head + n;
}

void drop(Client *c, int isFailure) {
  if (c->state == CLOSED) return;
  if (c->state != OPEN) active--;
  else lost += isFailure;
  /* Whoever could not connect tries again. */
  if (isFailure && c->state != OPEN) failed++, again[agains++] = c - clients;
  struct linger hard = {1, 0};
  c->state = CLOSED;
  if (c->fd < 0) return;
  setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close(c->fd);
}

void put(Client *c, const unsigned char *bytes, int n) {
  if (send(c->fd, bytes, n, MSG_NOSIGNAL) != n) drop(c, 1);
}

/* A socket that begins to connect; -1 if it is refused at once. */
int dial(int to_port, unsigned mark) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  if (fd < 0) { perror("socket"); exit(1); }
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(to_port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0 && errno != EINPROGRESS) return close(fd), -1;
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.u32 = mark};
  epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
  return fd;
}

static void begin(int at) {
  Client *c = &clients[at];
  c->filled = 0;
  active++;
  c->state = CONNECTING;
  c->fd = dial(port, at);
  if (c->fd < 0) drop(c, 1);
}

static void fill(void) {
  while (next_client < last_client && (at_once == 0 || active < at_once)) begin(next_client++);
  for (int due = agains; due > 0; due--) begin(again[--agains]);
}

void nameOf(char *to, int at) { sprintf(to, "%s%05d", prefix, at); }

static void sendConnect(Client *c, int at) {
  unsigned char body[256], out[300];
  char name[64], user[96];
  nameOf(name, at);
  sprintf(user, "%s&bench", name);
  int n = text(body, "MQTT");
  body[n++] = 4;
  body[n++] = 0x80;  /* a username, clean session 0 */
  body[n++] = 600 >> 8;
  body[n++] = 600 & 255;
  n += text(body + n, name);
  n += text(body + n, user);
  c->state = CONNACK;
  put(c, out, packet(out, 0x10, body, n));
}

static void sendSubscribe(Client *c, int at) {
  static const char *ends[] = {"thing/down/ota", "thing/down/topo", "user/+/set"};
  unsigned char body[400], out[500];
  char name[64], filter[160];
  nameOf(name, at);
  body[0] = 0;
  body[1] = 1;
  int n = 2;
  for (int i = 0; i < 3; i++) {
    sprintf(filter, "fogcloud/bench/%s/%s", name, ends[i]);
    n += text(body + n, filter);
    body[n++] = 1;
  }
  c->state = SUBACK;
  put(c, out, packet(out, 0x82, body, n));
}

static int acknowledged;

static void handle(Client *c, int at, int first, unsigned char *body, int n) {
  int type = first >> 4;
  if (type == 2 && c->state == CONNACK) {
    if (body[1] != 0) return drop(c, 1);
    sendSubscribe(c, at);
  } else if (type == 9 && c->state == SUBACK) {
    c->state = OPEN;
    active--;
  } else if (type == 4) {
    acknowledged = 1;
    boardAcknowledged(at, body[0] << 8 | body[1]);
  } else if (type == 3 && c->state == OPEN) boardOffered(at, first, body, n);
}

/* Handles the packets that are whole; gives how many bytes they had. All lengths are of one or two bytes. */
static int eachPacket(Client *c, int at) {
  int from = 0;
  for (;;) {
    int left = c->filled - from;
    unsigned char *p = c->in + from;
    if (left < 2) return from;
    int isLong = p[1] > 127;
    if (left < 2 + isLong) return from;
    int n = isLong ? (p[1] & 127) | p[2] << 7 : p[1], whole = 2 + isLong + n;
    if (left < whole) return from;
    handle(c, at, p[0], p + 2 + isLong, n);
    if (c->state == CLOSED) return c->filled;
    from += whole;
  }
}

static void receive(Client *c, int at) {
  for (;;) {
    int n = recv(c->fd, c->in + c->filled, sizeof c->in - c->filled, 0);
    if (n < 0 && errno == EAGAIN) return;
    if (n <= 0) return drop(c, 1);
    c->filled += n;
    int used = eachPacket(c, at);
    if (c->state == CLOSED) return;
    memmove(c->in, c->in + used, c->filled -= used);
  }
}

void turn(int ms) {
  static struct epoll_event events[512];
  int n = epoll_wait(epoll, events, 512, ms);
  for (int i = 0; i < n; i++) {
    if (events[i].data.u32 & DOWNLOAD) {
      downloadReady(events[i].data.u32 & ~DOWNLOAD, events[i].events);
      continue;
    }
    Client *c = &clients[events[i].data.u32];
    if (c->state == CLOSED) continue;
    if (events[i].events & (EPOLLERR | EPOLLHUP)) { drop(c, 1); continue; }
    if (c->state == CONNECTING && events[i].events & EPOLLOUT) sendConnect(c, events[i].data.u32);
    if (c->state != CLOSED && events[i].events & EPOLLIN) receive(c, events[i].data.u32);
  }
}

int byValue(const void *a, const void *b) {
  double d = *(double *)a - *(double *)b;
  return d < 0 ? -1 : d > 0;
}

static void watch(double seconds) {
  static double waits[200000];
  int count = 0;
  unsigned char body[200], out[240];
  char topic[160], name[64];
  nameOf(name, 0);
  sprintf(topic, "fogcloud/bench/%s/user/alive", name);
  double began = now();
  int n = text(body, topic);
  body[n++] = 0;
  body[n++] = 1;
  body[n++] = 'x';
  int length = packet(out, 0x32, body, n), isStopped = 0;
  fcntl(0, F_SETFL, O_NONBLOCK);
  while (!isStopped && now() - began < seconds * 1e3 && count < 200000 && clients[0].state == OPEN) {
    double sent = now();
    acknowledged = 0;
    put(&clients[0], out, length);
    while (!acknowledged && clients[0].state == OPEN && now() - sent < 60000) turn(100);
    waits[count++] = now() - sent;
    char line[64];
    isStopped = read(0, line, sizeof line) > 0;
    usleep(1000);
  }
  fcntl(0, F_SETFL, 0);
  qsort(waits, count, sizeof *waits, byValue);
  printf("{\"count\":%d,\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f,\"lost\":%d}\n", count, count ? waits[count / 2] : 0,
         count ? waits[(int)(count * 0.99)] : 0, count ? waits[count - 1] : 0, clients[0].state != OPEN);
}

int main(int argc, char **argv) {
  if (argc < 4) return 2;
  port = atoi(argv[1]);
  prefix = argv[2];
  int most = atoi(argv[3]);
  clients = calloc(most, sizeof *clients);
  makeBoards(most);
  epoll = epoll_create1(0);
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  setvbuf(stdout, NULL, _IOLBF, 0);
  char line[128], version[64];
  int n, isDownloading;
  /* read, not fgets: what stops a watch must not wait in a buffer. One command at a time. */
  while ((n = read(0, line, sizeof line - 1)) > 0) {
    line[n] = 0;
    int from, to;
    double seconds, began = now(), used = busy();
    if (sscanf(line, "open %d %d %d", &from, &to, &at_once) == 3) {
      next_client = from;
      last_client = to;
      failed = 0;
      fill();
      while ((active > 0 || agains > 0) && now() - began < 120000) {
        turn(1000);
        fill();
      }
      double took = now() - began;
      printf("{\"ms\":%.1f,\"failed\":%d,\"open\":%d,\"busy\":%.3f}\n", took, failed, active == 0, (busy() - used) / took);
    } else if (sscanf(line, "die %d %d", &from, &to) == 2) {
      for (int at = from; at < to; at++) drop(&clients[at], 0);
      printf("{\"ms\":%.1f}\n", now() - began);
    } else if (sscanf(line, "watch %lf", &seconds) == 1) watch(seconds);
    else if (sscanf(line, "report %63s %d", version, &to) == 2) reportVersions(version, to);
    else if (sscanf(line, "campaign %d %d", &to, &isDownloading) == 2) campaign(to, isDownloading);
    else printf("{}\n");
  }
  return 0;
}
