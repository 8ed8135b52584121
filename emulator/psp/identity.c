#include "identity.h"

const uint8_t identity_vcek[IDENTITY_KEY_SIZE] = {
#include "emulated/vcek_key.inc"
};
