/* The VMPCKs of the emulated secure processor: this text and the digit of the level. Visibly not AMD's, and easy to
 * look for where they must not be. */
#ifndef EMULATOR_TEST_KEY_H
#define EMULATOR_TEST_KEY_H

#define TEST_KEY_TEXT "verismo emulator test key VMPCK"

#endif
