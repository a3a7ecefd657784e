/*
 * Runs a fuzz target without libFuzzer, with any compiler: every file of the named corpora once, and
 * on request mutants of them.  What libFuzzer finds is kept as a file in the corpus, and this keeps
 * it found.
 *
 *   fuzz_NAME [--mutants N] [--seed S] FILE|DIRECTORY…
 *
 * Mutants are deterministic: the same seed gives the same bytes.  One that crashes the target is left
 * in $KDOC_FUZZ_KEEP (a file name) where that is set.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv) __attribute__((weak));

enum { MAX_FILE = 16 << 20, MAX_MUTANT = 1 << 20, MAX_LINES = 4096 };

struct input {
	uint8_t *data;
	size_t size;
};

struct corpus {
	struct input *inputs;
	size_t count;
	size_t capacity;
};

struct rng {
	uint64_t state;
};

static void *must(void *memory)
{
	if (!memory) {
		fputs("out of memory\n", stderr);
		exit(2);
	}
	return memory;
}

static size_t pick(struct rng *rng, size_t below)
{
	rng->state ^= rng->state << 13;
	rng->state ^= rng->state >> 7;
	rng->state ^= rng->state << 17;
	return below ? (size_t)(rng->state % below) : 0;
}

static void run(const uint8_t *data, size_t size)
{
	/* An exact allocation, so that a read past the end is seen. */
	uint8_t *copy = must(malloc(size ? size : 1));

	if (size)
		memcpy(copy, data, size);
	LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void corpus_add(struct corpus *corpus, const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		exit(2);
	}
	uint8_t *data = must(malloc(MAX_FILE));
	size_t size = fread(data, 1, MAX_FILE, file);

	fclose(file);
	if (corpus->count == corpus->capacity) {
		corpus->capacity = corpus->capacity ? 2 * corpus->capacity : 64;
		corpus->inputs = must(realloc(corpus->inputs,
					      corpus->capacity * sizeof(*corpus->inputs)));
	}
	corpus->inputs[corpus->count++] = (struct input){
		.data = must(realloc(data, size ? size : 1)),
		.size = size,
	};
	/* Printed before the run: when the target dies, the last name is the culprit. */
	printf("%s\n", path);
	fflush(stdout);
	run(corpus->inputs[corpus->count - 1].data, size);
}

static void corpus_walk(struct corpus *corpus, const char *path, int depth)
{
	struct stat st;

	if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
		corpus_add(corpus, path);
		return;
	}
	struct dirent **entries;
	int count = depth < 8 ? scandir(path, &entries, NULL, alphasort) : -1;

	if (count < 0) {
		fprintf(stderr, "%s: not readable or too deep\n", path);
		exit(2);
	}
	for (int i = 0; i < count; i++) {
		char *inner = NULL;

		if (entries[i]->d_name[0] != '.') {
			if (asprintf(&inner, "%s/%s", path, entries[i]->d_name) < 0)
				inner = must(NULL);
			corpus_walk(corpus, inner, depth + 1);
		}
		free(inner);
		free(entries[i]);
	}
	free(entries);
}

static size_t flip_bits(struct rng *rng, uint8_t *data, size_t size)
{
	size_t flips = 1 + pick(rng, 16);

	for (size_t i = 0; i < flips && size; i++)
		data[pick(rng, size)] ^= (uint8_t)(1u << pick(rng, 8));
	return size;
}

static size_t set_bytes(struct rng *rng, uint8_t *data, size_t size)
{
	static const uint8_t odd[] = {0x00, 0xff, '\n', '\r', ' ', '\t', '[', ']', '<', '>', '+',
				      '/', '0', '9', 'x', ':', 0x1b, 0x80, 0xc3, 0xed, '{', '"'};
	size_t writes = 1 + pick(rng, 32);

	for (size_t i = 0; i < writes && size; i++)
		data[pick(rng, size)] = odd[pick(rng, sizeof(odd))];
	return size;
}

static size_t drop_range(struct rng *rng, uint8_t *data, size_t size)
{
	size_t start = pick(rng, size);
	size_t length = size ? 1 + pick(rng, size - start) : 0;

	memmove(data + start, data + start + length, size - start - length);
	return size - length;
}

static size_t shuffle_lines(struct rng *rng, uint8_t *data, size_t size)
{
	static struct input lines[MAX_LINES];
	size_t count = 0;
	uint8_t *copy = must(malloc(size ? size : 1));

	memcpy(copy, data, size);
	for (size_t at = 0; at < size && count < MAX_LINES; count++) {
		const uint8_t *end = memchr(copy + at, '\n', size - at);
		size_t length = end && count + 1 < MAX_LINES ? (size_t)(end - copy) + 1 - at :
							       size - at;

		lines[count] = (struct input){.data = copy + at, .size = length};
		at += length;
	}
	for (size_t swaps = count ? 1 + pick(rng, count) : 0; swaps; swaps--) {
		size_t a = pick(rng, count), b = pick(rng, count);
		struct input line = lines[a];

		lines[a] = lines[b];
		lines[b] = line;
	}
	for (size_t i = 0, at = 0; i < count; at += lines[i].size, i++)
		memcpy(data + at, lines[i].data, lines[i].size);
	free(copy);
	return size;
}

static size_t splice(struct rng *rng, uint8_t *data, size_t size, const struct input *other)
{
	size_t keep = pick(rng, size + 1);
	size_t from = pick(rng, other->size + 1);
	size_t length = other->size - from;

	if (length > MAX_MUTANT - keep)
		length = MAX_MUTANT - keep;
	memcpy(data + keep, other->data + from, length);
	return keep + length;
}

static size_t mutate(struct rng *rng, const struct corpus *corpus, uint8_t *data)
{
	const struct input *seed = &corpus->inputs[pick(rng, corpus->count)];
	size_t size = seed->size < MAX_MUTANT ? seed->size : MAX_MUTANT;

	memcpy(data, seed->data, size);
	for (size_t rounds = 1 + pick(rng, 4); rounds; rounds--) {
		switch (pick(rng, 6)) {
		case 0:
			size = flip_bits(rng, data, size);
			break;
		case 1:
			size = set_bytes(rng, data, size);
			break;
		case 2:
			size = drop_range(rng, data, size);
			break;
		case 3:
			size = shuffle_lines(rng, data, size);
			break;
		case 4:
			size = splice(rng, data, size, &corpus->inputs[pick(rng, corpus->count)]);
			break;
		default:
			size = pick(rng, size + 1);
			break;
		}
	}
	return size;
}

static void keep_mutant(const uint8_t *data, size_t size)
{
	const char *path = getenv("KDOC_FUZZ_KEEP");
	FILE *file = path ? fopen(path, "wb") : NULL;

	if (file) {
		fwrite(data, 1, size, file);
		fclose(file);
	}
}

static void run_mutants(const struct corpus *corpus, unsigned long count, uint64_t seed)
{
	struct rng rng = {.state = seed * 0x9e3779b97f4a7c15u + 1};
	uint8_t *data = must(malloc(MAX_MUTANT));

	for (unsigned long i = 0; i < count && corpus->count; i++) {
		size_t size = mutate(&rng, corpus, data);

		keep_mutant(data, size);
		run(data, size);
	}
	free(data);
}

static unsigned long number(const char *text)
{
	char *end;
	unsigned long value = strtoul(text ? text : "", &end, 10);

	if (!text || *end || end == text) {
		fputs("usage: fuzz_NAME [--mutants N] [--seed S] FILE|DIRECTORY…\n", stderr);
		exit(2);
	}
	return value;
}

int main(int argc, char **argv)
{
	struct corpus corpus = {0};
	unsigned long mutants = 0, seed = 1;

	if (LLVMFuzzerInitialize)
		LLVMFuzzerInitialize(&argc, &argv);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--mutants"))
			mutants = number(argv[++i]);
		else if (!strcmp(argv[i], "--seed"))
			seed = number(argv[++i]);
		else
			corpus_walk(&corpus, argv[i], 0);
	}
	run_mutants(&corpus, mutants, seed);
	printf("cases: %zu passed, 0 failed\n", corpus.count + (mutants && corpus.count));
	for (size_t i = 0; i < corpus.count; i++)
		free(corpus.inputs[i].data);
	free(corpus.inputs);
	return 0;
}
