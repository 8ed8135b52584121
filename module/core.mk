# The part of the module that does not depend on how it is booted.
MODULE_CORE_SRC := \
	module/guest/range.c \
	module/guest/page.c \
	module/guest/perm.c \
	module/guest/vcpu.c \
	module/guest/access.c \
	module/host/ghcb.c \
	module/host/console.c \
	module/services/request.c \
	module/services/core.c \
	module/services/pvalidate.c \
	module/services/create.c
