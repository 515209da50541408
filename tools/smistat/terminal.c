/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terminal while it shows a picture that changes: its other screen, keys without Enter, no
 * echo. Whatever ends the program by a signal that can be caught, and being put into the
 * background, gives it back as it was.
 */
#define _GNU_SOURCE
#include "smistat.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define LINES_LEAST 4u
#define LINES_USUAL 24u /* of a terminal that does not say, such as a serial line */

static struct termios modes; /* as they were */
static bool has_screen, has_keys;
static volatile sig_atomic_t end_asked, stop_asked;

static void signal_note(int number)
{
    if (number == SIGTSTP)
        stop_asked = 1;
    else
        end_asked = 1;
}

static void text_send(const char *text)
{
    fputs(text, stdout);
    fflush(stdout);
}

static void screen_take(void)
{
    struct termios raw = modes;

    raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    if (has_keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
    text_send("\033[?1049h\033[?25l\033[?7l\033[H\033[J"); /* no cursor, no wrapping of lines */
}

static void screen_give(void)
{
    text_send("\033[?7h\033[?25h\033[?1049l");
    if (has_keys)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &modes);
}

bool terminal_enter(bool screen)
{
    struct sigaction action = {.sa_handler = signal_note};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    has_screen = screen && isatty(STDOUT_FILENO);
    if (!has_screen)
        return false;
    sigaction(SIGTSTP, &action, NULL);
    has_keys = tcgetattr(STDIN_FILENO, &modes) == 0;
    screen_take();
    return true;
}

void terminal_leave(void)
{
    if (has_screen)
        screen_give();
    has_screen = false;
}

static void terminal_stop(void)
{
    stop_asked = 0;
    screen_give();
    raise(SIGSTOP);
    screen_take();
}

unsigned terminal_lines(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row >= LINES_LEAST)
        return size.ws_row;
    return LINES_USUAL;
}

static unsigned lines_count(const char *text)
{
    unsigned count = 0;

    for (; *text; text++)
        count += *text == '\n';
    return count;
}

void terminal_draw(FILE *out, const char *picture, unsigned lines)
{
    unsigned left = lines_count(picture);
    unsigned room = left < lines ? left : lines - 2; /* one to tell, and one to stand on */

    fputs("\033[H", out);
    for (; room > 0; room--, left--) {
        const char *end = strchr(picture, '\n');

        fprintf(out, "%.*s\033[K\r\n", (int)(end - picture), picture);
        picture = end + 1;
    }
    if (left > 0)
        fprintf(
            out,
            "    and %u lines more: a taller terminal, or fewer processors by --cpu\033[K\r\n",
            left);
    fputs("\033[J", out);
}

static bool key_is_end(void)
{
    char key;

    while (read(STDIN_FILENO, &key, 1) == 1)
        if (key == 'q' || key == 'Q')
            return true;
    return false;
}

bool terminal_wait(double seconds)
{
    struct pollfd keys = {.fd = has_screen && has_keys ? STDIN_FILENO : -1, .events = POLLIN};
    const struct timespec time = {.tv_sec = (time_t)seconds,
                                  .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    int ready = ppoll(&keys, 1, &time, NULL);

    if (stop_asked)
        terminal_stop();
    if (ready > 0 && ((keys.revents & (POLLHUP | POLLERR)) != 0 || key_is_end()))
        return true;
    return end_asked != 0;
}
