/* How a device sends the result of its self-test to a test station (docs/station.md, "Self-test"): the topic and the JSON text are written
 * into buffers of the caller, with snprintf alone: nothing is allocated, nothing is written beyond a buffer, and no floating point is
 * needed. Each function is for copying.
 *
 * SELFTEST_ESP_IDF: with esp-mqtt. SELFTEST_PAHO: with MQTTClient of Paho's embedded C client. SELFTEST_MAIN: prints samples on a PC. */
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------- the message */

enum selftest_form {
    SELFTEST_EVENT,   /* {"measurements": [{"name": "Vbat", "value": 3.302, "unit": "V"}]} on .../thing/up/event/selftest/post */
    SELFTEST_PROPERTY /* {"params": {"Vbat": {"value": 3.302, "unit": "V"}}} on .../thing/up/property/post */
};

struct selftest {
    char *text;
    size_t size;
    size_t length;
    enum selftest_form form;
    int count;
    bool is_whole; /* false: the buffer was too small */
};

/* Writes the topic; returns its length, or -1 if it does not fit. */
int selftest_topic(char *topic, size_t size, const char *product, const char *device, enum selftest_form form)
{
    const char *kind = form == SELFTEST_EVENT ? "event/selftest" : "property";
    int length = snprintf(topic, size, "fogcloud/%s/%s/thing/up/%s/post", product, device, kind);

    return length < 0 || (size_t)length >= size ? -1 : length;
}

static void put(struct selftest *test, const char *text)
{
    size_t left = test->size - test->length;
    int length = test->is_whole ? snprintf(test->text + test->length, left, "%s", text) : -1;

    if (length < 0 || (size_t)length >= left)
        test->is_whole = false;
    else
        test->length += (size_t)length;
}

/* As JSON has it: quotation marks, backslashes and control characters are escaped. */
static void put_string(struct selftest *test, const char *text)
{
    char part[8];

    put(test, "\"");
    for (; *text != '\0' && test->is_whole; text++) {
        unsigned char c = (unsigned char)*text;

        if (c < 0x20)
            snprintf(part, sizeof part, "\\u%04x", (unsigned)c);
        else if (c == '"' || c == '\\')
            snprintf(part, sizeof part, "\\%c", c);
        else
            snprintf(part, sizeof part, "%c", c);
        put(test, part);
    }
    put(test, "\"");
}

void selftest_begin(struct selftest *test, char *text, size_t size, enum selftest_form form)
{
    test->text = text;
    test->size = size;
    test->length = 0;
    test->form = form;
    test->count = 0;
    test->is_whole = size > 0;
    put(test, form == SELFTEST_EVENT ? "{\"measurements\":[" : "{\"version\":\"1.0\",\"params\":{");
}

/* `value` is JSON text; `unit` may be NULL. */
static void put_measurement(struct selftest *test, const char *name, const char *value, const char *unit)
{
    put(test, test->count++ > 0 ? "," : "");
    if (test->form == SELFTEST_EVENT)
        put(test, "{\"name\":");
    put_string(test, name);
    put(test, test->form == SELFTEST_EVENT ? ",\"value\":" : ":{\"value\":");
    put(test, value);
    if (unit != NULL) {
        put(test, ",\"unit\":");
        put_string(test, unit);
    }
    put(test, "}");
}

/* A number without floating point: 3302 with 3 decimals is 3.302. At most 9 decimals. */
void selftest_number(struct selftest *test, const char *name, long value, unsigned decimals, const char *unit)
{
    char text[48];
    unsigned long size = value < 0 ? 0UL - (unsigned long)value : (unsigned long)value;
    unsigned long one = 1;

    for (unsigned i = 0; i < decimals && i < 9; i++)
        one *= 10;
    if (one == 1)
        snprintf(text, sizeof text, "%s%lu", value < 0 ? "-" : "", size);
    else
        snprintf(text, sizeof text, "%s%lu.%0*lu", value < 0 ? "-" : "", size / one, (int)(decimals < 9 ? decimals : 9), size % one);
    put_measurement(test, name, text, unit);
}

void selftest_bool(struct selftest *test, const char *name, bool value)
{
    put_measurement(test, name, value ? "true" : "false", NULL);
}

/* A short text, such as the version of a sensor: at most 62 characters of UTF-8; longer ones make the message invalid. */
void selftest_text(struct selftest *test, const char *name, const char *value)
{
    char text[64 * 6];
    struct selftest quoted = {.text = text, .size = sizeof text, .is_whole = strlen(value) <= 62};

    put_string(&quoted, value);
    test->is_whole = test->is_whole && quoted.is_whole;
    put_measurement(test, name, text, NULL);
}

/* Returns the length of the text, or -1 if it did not fit: then send nothing, the buffer is too small. */
int selftest_end(struct selftest *test)
{
    put(test, test->form == SELFTEST_EVENT ? "]}" : "}}");
    return test->is_whole ? (int)test->length : -1;
}

/* ---------------------------------------------------------------- what a board measures: yours */

static int write_selftest(char *text, size_t size, enum selftest_form form)
{
    struct selftest test;

    selftest_begin(&test, text, size, form);
    selftest_number(&test, "Vbat", 3302, 3, "V");
    selftest_number(&test, "rssi", -61, 0, "dBm");
    selftest_bool(&test, "flash", true);
    selftest_text(&test, "sensor", "BME280 \"rev B\"");
    return selftest_end(&test);
}

/* ---------------------------------------------------------------- sent: after the restart, when the version has been reported */

#ifdef SELFTEST_ESP_IDF
#include "mqtt_client.h"

/* Returns the message's id, or -1. QoS 1, not retained: esp-mqtt sends it again until the server has it. */
int selftest_send_esp(esp_mqtt_client_handle_t client, const char *product, const char *device)
{
    static char topic[160], text[512];
    int length = write_selftest(text, sizeof text, SELFTEST_EVENT);

    if (length < 0 || selftest_topic(topic, sizeof topic, product, device, SELFTEST_EVENT) < 0)
        return -1;
    return esp_mqtt_client_publish(client, topic, text, length, 1, 0);
}
#endif

#ifdef SELFTEST_PAHO
#include "MQTTClient.h"

/* Returns 0 when the server has acknowledged it, else what MQTTPublish returned. */
int selftest_send_paho(MQTTClient *client, const char *product, const char *device)
{
    static char topic[160], text[512];
    int length = write_selftest(text, sizeof text, SELFTEST_EVENT);
    MQTTMessage message;

    if (length < 0 || selftest_topic(topic, sizeof topic, product, device, SELFTEST_EVENT) < 0)
        return -1;
    memset(&message, 0, sizeof message);
    message.qos = QOS1;
    message.payload = text;
    message.payloadlen = (size_t)length;
    return MQTTPublish(client, topic, &message);
}
#endif

#ifdef SELFTEST_MAIN
/* Prints the topic and the text in both forms, then how a buffer of each smaller size is refused. */
int main(void)
{
    char topic[160], text[512];

    for (int form = SELFTEST_EVENT; form <= SELFTEST_PROPERTY; form++) {
        int length = write_selftest(text, sizeof text, (enum selftest_form)form);

        if (length < 0 || selftest_topic(topic, sizeof topic, "lamp", "SN-1", (enum selftest_form)form) < 0)
            return 1;
        printf("%s\n%s\n", topic, text);
        for (size_t size = 0; size <= (size_t)length; size++)
            if (write_selftest(text, size, (enum selftest_form)form) != -1)
                return 2;
    }
    return selftest_topic(topic, 10, "lamp", "SN-1", SELFTEST_EVENT) == -1 ? 0 : 3;
}
#endif
