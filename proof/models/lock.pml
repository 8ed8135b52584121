/*
 * The lock of the registry: hw_lock and hw_unlock of module/hw/hw_x86.c on CPUS processors whose stores
 * go through a store buffer (x86-TSO), so that 'acquire' and 'release' are part of what is explored.
 *
 *   hw_lock    __atomic_exchange_n(&registry_lock, 1): XCHG, which waits for the own buffer to drain;
 *              hw_pause and once more if the old value was 1
 *   hw_unlock  __atomic_store_n(&registry_lock, 0): a plain store, which enters the buffer
 *
 * Checked: one CPU at a time is inside; who is inside sees all that was written inside before; nobody
 * waits for ever because of the others' ends (no deadlock; somebody always gets in: PROGRESS).
 */
#ifndef CPUS
#define CPUS 4
#endif
#define VALUES 3 /* the guarded word counts round */

byte registry_lock;
byte registry; /* stands for vcpu_table */

/* Store buffers, first in first out: an address and a value. */
mtype = { lock_word, registry_word };
chan buffer[CPUS] = [2] of { mtype, byte };

/* Ghost: who is inside, and what the guarded word should be. */
byte inside;
byte truth;

/* hw_lock, one exchange. */
inline exchange(old)
{
#ifdef NO_EXCHANGE
	old = registry_lock; /* a load, then a store: not one step */
	registry_lock = 1;
#else
	atomic {
		empty(buffer[me]) -> old = registry_lock;
		registry_lock = 1;
	}
#endif
}

/* hw_unlock */
inline unlock()
{
#ifdef EARLY_UNLOCK
	registry_lock = 0; /* overtakes the stores before it */
#else
	buffer[me] ! lock_word, 0;
#endif
}

active [CPUS] proctype cpu()
{
	byte me = _pid;
	byte old;
	byte value;

again:
#ifndef NO_LOCK
	exchange(old);
	if
	:: old != 0 -> goto again /* hw_pause */
	:: else
	fi;
#endif
#ifdef LOCK_TWICE
	do
	:: exchange(old); if :: old == 0 -> break :: else fi
	od;
#endif
	inside++;
progress:
	assert(inside == 1);
	/* the registry: read it, change it */
	value = registry;
	assert(value == truth);
	d_step {
		value = (value + 1) % VALUES;
		truth = value;
	}
	buffer[me] ! registry_word, value;
	d_step {
		value = 0;
		old = 0;
		inside--;
	}
#ifdef FORGET_UNLOCK
	if
	:: unlock()
	:: skip
	fi;
#else
	unlock();
#endif
	goto again
}

/* The memory takes any buffer's first store at any time. */
active [CPUS] proctype memory()
{
	byte me = _pid - CPUS;
	byte value;

end:
	do
	:: atomic { buffer[me] ? lock_word, value -> registry_lock = value; value = 0 }
	:: atomic { buffer[me] ? registry_word, value -> registry = value; value = 0 }
	od
}
