/* bench-corpus: the report of `./dev bench ears`. */
#include "corpus.h"

int main(int argc, char **argv)
{
    static struct tally tally;
    (void)argv;
    sounds_open();
    corpus_run(argc > 1 ? SCENES_FEW : SCENES_ALL, &tally);
    corpus_print(&tally);
    return 0;
}
