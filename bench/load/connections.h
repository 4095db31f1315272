// What connections.c and campaign.c share.
#include <stdio.h>
#include <sys/epoll.h>

/* In the mark of an event: it is about the download of that client. */
#define DOWNLOAD (1u << 30)

enum { CLOSED, CONNECTING, CONNACK, SUBACK, OPEN };
typedef struct { int fd, state, filled; unsigned char in[2048]; } Client;

extern Client *clients;
/* `lost`: clients whose connection ended after it was open. */
extern int epoll, lost;

double now(void);
/* Milliseconds of processor time of this process. */
double busy(void);
int byValue(const void *a, const void *b);
int text(unsigned char *to, const char *s);
int packet(unsigned char *to, int first, const unsigned char *body, int n);
void nameOf(char *to, int at);
int dial(int to_port, unsigned mark);
void put(Client *c, const unsigned char *bytes, int n);
void drop(Client *c, int isFailure);
/* Handles what has happened within that time. */
void turn(int ms);

void makeBoards(int most);
void boardAcknowledged(int at, int id);
void boardOffered(int at, int first, unsigned char *body, int n);
void downloadReady(int at, unsigned events);
void reportVersions(const char *version, int to);
void campaign(int to, int isDownloading);
