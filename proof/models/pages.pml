/*
 * Who has a frame: the ownership table (module/guest/page.c), operands (module/guest/access.c), the registry
 * and its mark `serving` (module/guest/vcpu.c), and the calls that move frames about
 * (module/services/{request,core,create,pvalidate}.c), on CPUS processors at once.
 *
 * One step of the model is one effect of hw.h - a look at the table, a compare and exchange, an instruction
 * on a frame, an access to an open page - or one look at or change of the registry. The C function of a step
 * is named beside it. What the guest asks for, what the host makes of it, and what instructions and VMSA
 * contents say is chosen freely. Not in the model: docs/concurrency.md.
 *
 * FRAMES, SLOTS, CPUS, CREATIONS bound it. -D<DEFECT> seeds a defect: spin must find each.
 */
#ifndef CPUS
#define CPUS 2
#endif
#ifndef FRAMES
#define FRAMES 5
#endif
#ifndef SLOTS
#define SLOTS 3
#endif
#ifndef CREATIONS
#define CREATIONS 2 /* successful CREATE_VCPU in one run: bounds the ages */
#endif
#ifndef REGION
#define REGION 2 /* the largest span of a PVALIDATE entry, in frames */
#endif
#ifndef CALLS
#define CALLS (REMAP | CREATE | DELETE | PVALIDATE)
#endif
#define REMAP	  1
#define CREATE	  2
#define DELETE	  4
#define PVALIDATE 8

#define NONE 15

/* module/guest/page.h: an entry is a state and a number of pins. One guest level, so no owner. */
#define SHARED 1
#define GUEST  2
#define VMSA   3
#define CAA    4
#define BUSY   7
#define STATE(entry) ((entry) & 7)
#define PINS(entry)  ((entry) >> 3)
#define PIN	     8
/* The proof's ghost code closes the pages of a vCPU that deletes itself in request_again only. */
#ifdef CLOSE_LATE
#define OWN(f) (open[f] == me + 1)
#else
#define OWN(f) (0)
#endif
#ifdef NO_BUSY
#define IS_BUSY(entry) (1)
#else
#define IS_BUSY(entry) (STATE(entry) == BUSY)
#endif

/* The RMP entry of a frame, as far as the states promise something of it. */
#define INVALID	 0 /* not validated */
#define UNSEEN	 1 /* validated, not zeroed: may hold a secret */
#define PRIVATE	 2 /* validated, nothing for the guest */
#define GRANTED	 3 /* the guest's */
#define VMSAPAGE 4 /* VMSA bit; the guest may read it */

byte table[FRAMES];
byte rmp[FRAMES];
bool frozen[FRAMES]; /* EFER.SVME of a VMSA page is clear: the host cannot run it */

typedef vcpu {
	byte vmsa;
	byte caa;
	byte age;
	byte apic;
	bool used;
	bool startup;
	bool retired;
	bool serving;
};
vcpu v[SLOTS];
byte next_age;
byte created;
byte registry_lock; /* CPU + 1; waiting at the lock is no step here, lock.pml has the real one */

/* ---- ghost ---- */

byte holder[FRAMES]; /* CPU + 1 that has taken the frame */
byte open[FRAMES];   /* hw_open: CPU + 1 that serves the vCPU it belongs to */
byte pinned[FRAMES]; /* CPUs between page_pin and page_unpin */

/* What must be true of a frame whenever its entry changes. */
inline frame_ok(f)
{
	assert((STATE(table[f]) == BUSY) == (holder[f] != 0)); /* a busy page has one holder */
	assert(PINS(table[f]) == pinned[f]);		       /* pins balanced */
	assert(pinned[f] == 0 || STATE(table[f]) == GUEST);    /* a pinned page is nobody's */
	assert(open[f] == 0 || holder[f] == 0 || OWN(f));      /* nor is an open one */
	assert(STATE(table[f]) != SHARED || rmp[f] == INVALID);
	assert(STATE(table[f]) != GUEST || rmp[f] == GRANTED);
	assert(STATE(table[f]) != CAA || rmp[f] == GRANTED);
	assert(STATE(table[f]) != VMSA || rmp[f] == VMSAPAGE);
}

/* hw_read64, hw_write64, hw_read8, hw_write8, hw_vmsa_freeze, hw_vmsa_thaw: of a frame that is open or
 * pinned and must still be what it was. */
inline access(f, state)
{
	assert(holder[f] == 0 && STATE(table[f]) == state && (open[f] != 0 || pinned[f] != 0));
}

/* An instruction or an access to a frame that this CPU has taken. */
inline mine(f)
{
	assert(holder[f] == me + 1 && IS_BUSY(table[f]) && pinned[f] == 0 && (open[f] == 0 || OWN(f)));
}

/* ---- module/guest/page.c ---- */

/* page_look: hw_table_read */
inline look(f, e)
{
	e = table[f]
}

/* page_transition: hw_table_cas. who: what becomes of the holder; pin: of the pins. */
inline cas(f, from, to, who, pin, done)
{
	d_step {
#ifdef NO_CAS
		done = 1; /* a plain store instead */
#else
		done = table[f] == from;
#endif
		if
		:: done ->
			assert(holder[f] == 0 || (holder[f] == me + 1 && who == 0)); /* taken once, given by its holder */
			assert(holder[f] != 0 || who != 0 || pin != 0);
			assert(pin != 0 || open[f] == 0 || OWN(f));
			table[f] = to;
			holder[f] = who;
			pinned[f] = pinned[f] + pin;
			frame_ok(f)
		:: else
		fi
	}
}

/* page_claim */
inline claim(f, state, e, done)
{
	look(f, e);
	if
#ifdef NO_PIN_CHECK
	:: STATE(e) == state ->
#else
	:: STATE(e) == state && PINS(e) == 0 ->
#endif
#ifdef NO_BUSY
		d_step { done = 1; assert(holder[f] == 0); holder[f] = me + 1; e = 0 }
#else
		cas(f, e, BUSY, me + 1, 0, done)
#endif
	:: else -> done = 0
	fi;
	e = 0
}

/* page_release. Not busy: the module would end the VM (REASON_STATE). */
inline release(f, state, e, done)
{
	look(f, e);
	assert(IS_BUSY(e));
	cas(f, e, state, 0, 0, done);
	assert(done);
	d_step { e = 0; done = 0 }
#ifdef RELEASE_TWICE
	look(f, e);
	assert(IS_BUSY(e));
	e = 0;
#endif
}

/* page_must_claim, remap_release: a refusal would end the VM. */
inline must_claim(f, state, e, done)
{
	claim(f, state, e, done);
	assert(done);
	done = 0
}

/* page_pin; after a lost race it tries again, or gives up. */
inline pin(f, e, done)
{
	do
	:: look(f, e);
	   if
	   :: STATE(e) != GUEST -> done = 0; break
	   :: else
	   fi;
#ifdef NO_PIN
	   done = 1; break;
#endif
	   cas(f, e, e + PIN, 0, 1, done);
	   if
	   :: done -> break
	   :: else -> skip
	   :: !done -> break /* PAGE_PIN_TRIES */
	   fi
	od;
	e = 0
}

/* page_unpin */
inline unpin(f, e, done)
{
	do
	:: look(f, e);
	   assert(STATE(e) == GUEST && PINS(e) != 0); /* else REASON_STATE */
	   cas(f, e, e - PIN, 0, -1, done);
	   if
	   :: done -> break
	   :: else
	   fi
	od;
	e = 0;
	done = 0
}

/* ---- the lock and the registry ---- */

/* What the table and the registry say of each other while nobody has the lock. */
inline agree()
{
	d_step {
		i = 0;
		do
		:: i < SLOTS ->
			if
			:: v[i].used ->
				assert(STATE(table[v[i].vmsa]) == VMSA);
				assert(v[i].retired || STATE(table[v[i].caa]) == CAA);
				assert(!v[i].retired || !v[i].serving);
				assert(!v[i].retired || frozen[v[i].vmsa])
			:: else -> assert(!v[i].serving)
			fi;
			i++
		:: else -> break
		od;
		i = 0;
		do
		:: i < FRAMES ->
			j = 0;
			done = STATE(table[i]) != VMSA && STATE(table[i]) != CAA;
			do
			:: j < SLOTS ->
				done = done || (v[j].used && v[j].vmsa == i) ||
				       (v[j].used && !v[j].retired && v[j].caa == i);
				j++
			:: else -> break
			od;
			assert(done);		      /* no frame is lost */
			assert(holder[i] != me + 1); /* nor kept */
			i++
		:: else -> break
		od;
		i = 0; j = 0; done = 0
	}
}

inline lock()
{
#ifdef NO_LOCK
	skip
#else
	atomic { registry_lock == 0 -> registry_lock = me + 1 }
#endif
}

inline unlock()
{
#ifdef NO_LOCK
	skip
#else
	agree();
	d_step { assert(registry_lock == me + 1); registry_lock = 0 }
#endif
}

/* vcpu_find_vmsa, vcpu_find_caa, vcpu_find_free, vcpu_find_newest */
inline find_vmsa(f, slot)
{
	d_step {
		slot = 0;
		do
		:: slot < SLOTS && !(v[slot].used && v[slot].vmsa == f) -> slot++
		:: else -> break
		od;
		slot = (slot == SLOTS -> NONE : slot)
	}
}

inline find_caa(f, slot)
{
	d_step {
		slot = 0;
		do
		:: slot < SLOTS && !(v[slot].used && !v[slot].retired && v[slot].caa == f) -> slot++
		:: else -> break
		od;
		slot = (slot == SLOTS -> NONE : slot)
	}
}

inline find_free(slot)
{
	d_step {
		slot = 0;
		do
		:: slot < SLOTS && v[slot].used -> slot++
		:: else -> break
		od;
		slot = (slot == SLOTS -> NONE : slot)
	}
}

inline find_newest(slot)
{
	d_step {
		slot = NONE;
		i = 0;
		do
		:: i < SLOTS ->
			if
			:: v[i].used && !v[i].retired && v[i].apic == me &&
			   (slot == NONE || v[slot].age < v[i].age) -> slot = i
			:: else
			fi;
			i++
		:: else -> break
		od;
		i = 0
	}
}

/* request_hold, request_drop: only one CPU serves a vCPU. */
inline hold(p, q)
{
	assert(open[p] == 0 && open[q] == 0 && holder[p] == 0 && holder[q] == 0);
	assert(STATE(table[p]) == VMSA && STATE(table[q]) == CAA);
	open[p] = me + 1;
	open[q] = me + 1;
	my_vmsa = p;
	my_caa = q
}

inline drop()
{
	if
	:: my_vmsa != NONE -> open[my_vmsa] = 0; open[my_caa] = 0
	:: else
	fi;
	my_vmsa = NONE;
	my_caa = NONE
}

/* ---- module/services/create.c ---- */

/* vcpu_stop of slot s; done: it has been stopped for good. */
inline stop(s, done)
{
	if
	:: v[s].retired -> done = 1
#ifndef NO_MARK_CHECK
	:: !v[s].retired && v[s].serving -> done = 0
	:: !v[s].retired && !v[s].serving ->
#else
	:: !v[s].retired ->
#endif
		d_step { /* ghost hw_open */
			assert(holder[v[s].vmsa] == 0 && open[v[s].vmsa] == 0);
			open[v[s].vmsa] = me + 1
		}
#ifndef NO_FREEZE
		d_step { access(v[s].vmsa, VMSA); frozen[v[s].vmsa] = 1 } /* hw_vmsa_freeze */
#endif
		d_step { access(v[s].vmsa, VMSA) } /* vmsa_is_at_rest: hw_read64 */
		if
		:: done = 1
		:: d_step { access(v[s].vmsa, VMSA); frozen[v[s].vmsa] = 0 } /* hw_vmsa_thaw */
		   done = 0
		fi;
		open[v[s].vmsa] = 0 /* ghost hw_close */
	fi
}

/* core_delete_vcpu of the VMSA page f */
inline delete()
{
	lock();
	find_vmsa(f, s);
	if
	:: s == NONE -> unlock()
	:: s != NONE && v[s].startup -> unlock() /* INVALID_PARAMETER */
	:: else ->
		if
		:: s == slot -> done = 1
		:: else -> stop(s, done)
		fi;
		if
		:: !done -> unlock() /* FAIL_INUSE */
		:: else ->
#ifdef UNLOCK_EARLY
			unlock();
#endif
#ifndef CLOSE_LATE
			/* The ghost tokens of a vCPU that deletes itself end here. */
			d_step { if :: s == slot -> drop() :: else fi }
#endif
			/* vmsa_dismantle */
			must_claim(v[s].vmsa, VMSA, e, done);
			d_step { mine(v[s].vmsa); assert(frozen[v[s].vmsa]); rmp[v[s].vmsa] = PRIVATE }
			d_step { mine(v[s].vmsa); rmp[v[s].vmsa] = GRANTED; frozen[v[s].vmsa] = 0 }
			release(v[s].vmsa, GUEST, e, done);
			/* caa_dismantle */
			if
			:: !v[s].retired ->
				must_claim(v[s].caa, CAA, e, done);
				release(v[s].caa, GUEST, e, done)
			:: else
			fi;
			d_step { /* vcpu_clear */
				v[s].used = 0; v[s].retired = 0; v[s].serving = 0;
				v[s].vmsa = 0; v[s].caa = 0; v[s].age = 0; v[s].apic = 0
			}
#ifndef UNLOCK_EARLY
			unlock()
#endif
		fi
	fi
}

/* candidate_give_back; vmsa_restore has granted the page of the VMSA before */
inline give_back()
{
	if
	:: older == NONE -> release(g, GUEST, e, done)
	:: else
	fi;
	release(f, GUEST, e, done)
}

/* candidate_register */
inline create_register()
{
	d_step { mine(f) } /* candidate_reset: EXITCODE */
	d_step { /* the pending byte */
		if
		:: older == NONE -> mine(g)
		:: else -> assert(open[g] == 0); open[g] = me + 1; access(g, CAA); open[g] = 0
		fi
	}
	d_step { mine(f); rmp[f] = VMSAPAGE; frozen[f] = 0 } /* perm_make_vmsa */
	if
	:: older == NONE -> release(g, CAA, e, done)
	:: else -> v[older].retired = 1 /* vcpu_retire */
	fi;
	d_step { /* vcpu_set */
		v[s].vmsa = f; v[s].caa = g; v[s].apic = a;
		v[s].age = next_age; next_age++; created++;
		v[s].used = 1; v[s].startup = 0; v[s].retired = 0; v[s].serving = 0
	}
	release(f, VMSA, e, done)
}

/* candidate_enter: both pages are claimed */
inline create_enter()
{
	find_free(s);
	if
	:: s == NONE || created == CREATIONS -> give_back() /* INVALID_REQUEST */
	:: else ->
		if
		:: give_back() /* vmsa_freeze: RMPADJUST refuses, nothing has changed */
		:: skip;
			d_step { mine(f); rmp[f] = PRIVATE } /* perm_revoke; hw_flush_guest */
			/* candidate_judge: the content, the level, then vcpu_stop of the older one */
			if
			:: done = 0
			:: older == NONE -> done = 1
			:: older != NONE -> stop(older, done)
			fi;
			if
			:: !done ->
				d_step { mine(f); rmp[f] = GRANTED } /* vmsa_restore */
				give_back()
			:: else -> create_register()
			fi
		fi
	fi
}

/* core_create_vcpu: VMSA page f, calling area g, APIC id a */
inline create()
{
	lock();
	find_caa(g, older);
	find_vmsa(f, s);
	if
	:: s == NONE -> claim(f, GUEST, e, done)
	:: else -> done = 0
	fi;
	s = 0;
	if
	:: done ->
		/* candidate_claim_caa */
		if
		:: older == NONE -> claim(g, GUEST, e, done)
		:: else -> /* caa_can_be_inherited */
			look(g, e);
			d_step {
				done = older != slot && !v[older].startup && v[older].apic == a && STATE(e) == CAA;
				e = 0
			}
		fi;
		if
		:: done -> create_enter()
		:: else -> release(f, GUEST, e, done) /* INVALID_ADDRESS */
		fi
	:: else /* INVALID_ADDRESS */
	fi;
	unlock();
	d_step { older = 0; s = 0 }
}

/* ---- module/services/core.c ---- */

/* core_remap_ca to page f */
inline remap()
{
	if
	:: f == my_caa
	:: else ->
		lock();
		/* remap_locked */
		find_vmsa(f, s);
		find_caa(f, older);
		if
		:: s == NONE && older == NONE -> claim(f, GUEST, e, done)
		:: else -> done = 0
		fi;
		d_step { s = 0; older = 0 }
		if
		:: !done -> unlock() /* INVALID_ADDRESS */
		:: else ->
			d_step { mine(f) } /* hw_write8: the pending byte */
			v[slot].caa = f;   /* vcpu_set_caa */
			look(f, e);
			assert(IS_BUSY(e));
			cas(f, e, CAA, 0, 0, done);
			d_step { e = 0; done = 0; open[f] = me + 1 } /* ghost hw_open */
			/* remap_release */
			d_step { access(my_caa, CAA) } /* hw_write8 */
			open[my_caa] = 0;	       /* ghost hw_close */
			must_claim(my_caa, CAA, e, done);
			release(my_caa, GUEST, e, done);
			my_caa = f;
			unlock()
		fi
	fi
}

/* ---- module/services/pvalidate.c ---- */

/* page_release_region, page_unclaim_region: frames f..f + n - 1 */
inline release_region(state)
{
	k = 0;
	do
	:: k < n -> release(f + k, state, e, done); k++
	:: else -> break
	od;
	k = 0
}

/* An RMP instruction on the span: one step, as one instruction on a 2M page is */
inline span_step(to)
{
	d_step {
		k = 0;
		do
		:: k < n -> mine(f + k); rmp[f + k] = to; k++
		:: else -> break
		od;
		k = 0
	}
}

/* page_claim_region: all of them or none */
inline claim_region(state)
{
	k = 0;
	do
	:: k < n ->
		claim(f + k, state, e, done);
		if
		:: done -> k++
		:: else -> break
		fi
	:: else -> break
	od;
	if
	:: k < n -> /* page_unclaim_region */
#ifndef NO_ROLLBACK
		n = k;
		release_region(state);
#endif
		n = 0
	:: else
	fi;
	k = 0
}

/* core_pvalidate with the list in page g, one entry: n frames from f on. What span_look sees only refuses. */
inline pvalidate()
{
	/* operand_hold */
	if
	:: g == my_caa -> done = 1; s = 0
	:: else -> pin(g, e, done); s = done
	fi;
	if
	:: !done /* INVALID_ADDRESS */
	:: else ->
		d_step { done = 0; access(g, (s -> GUEST : CAA)) } /* list_process: header and entry */
		if
		:: n = 0 /* refused by form or table */
		:: claim_region(SHARED);
			if
			:: n == 0
			:: n != 0 -> release_region(SHARED)	/* span_validate: PVALIDATE refuses */
			:: n != 0 -> span_step(UNSEEN);
#ifndef NO_ZERO
				span_step(PRIVATE);		/* hw_zero */
#endif
				d_step { assert(rmp[f] == PRIVATE) }
				span_step(GRANTED);		/* perm_grant */
				release_region(GUEST)
			fi
		:: claim_region(GUEST);
			if
			:: n == 0
			:: n != 0 -> release_region(GUEST)	/* span_rescind: RMPADJUST refuses */
			:: n != 0 -> span_step(PRIVATE);	/* perm_revoke; hw_flush_guest */
				if
				:: span_step(GRANTED);		/* PVALIDATE refuses: span_restore */
				   release_region(GUEST)
				:: span_step(INVALID);		/* span_invalidate */
				   release_region(SHARED)
				fi
			fi
		fi;
		d_step { access(g, (s -> GUEST : CAA)) } /* list_store_next: write-back */
		/* operand_drop */
		if
#ifndef NO_UNPIN
		:: s -> unpin(g, e, done)
#endif
		:: else
		fi
	fi;
	d_step { s = 0; n = 0; done = 0 }
}

/* ---- module/services/request.c ---- */

/* What the guest asks: any call with any operands. */
inline ask()
{
	atomic {
		select(f : 0 .. FRAMES - 1);
		if
		:: (CALLS & REMAP) != 0 -> call = REMAP
		:: (CALLS & DELETE) != 0 -> call = DELETE
		:: (CALLS & CREATE) != 0 -> call = CREATE;
			select(g : 0 .. FRAMES - 1);
			select(a : 0 .. CPUS - 1)
		:: (CALLS & PVALIDATE) != 0 -> call = PVALIDATE;
			select(g : 0 .. FRAMES - 1);
			n = 1;
			if
			:: true
			:: REGION > 1 && f + 1 < FRAMES -> n = 2
			fi
		fi
	}
}

proctype cpu(byte me)
{
	byte slot, s, older;	      /* slots of the registry */
	byte f, g, a, n, k, i, j, e; /* operands, counters, an entry of the table */
	byte age, call;
	bool done;
	byte my_vmsa = NONE, my_caa = NONE; /* ghost: request_now */

round:
#ifdef TABLE_ONLY
	ask();
	pvalidate();
	d_step { f = 0; g = 0; call = 0 }
#else
	/* request_begin */
	lock();
	find_newest(slot);
	if
	:: slot != NONE && !v[slot].serving ->
#ifdef MARK_LATE
		d_step { hold(v[slot].vmsa, v[slot].caa); age = v[slot].age }
		unlock();
		v[slot].serving = 1
#else
#ifndef NO_MARK
		v[slot].serving = 1; /* vcpu_set_serving */
#endif
		d_step { hold(v[slot].vmsa, v[slot].caa); age = v[slot].age }
		unlock()
#endif
	:: else ->
		unlock();
		goto round
	fi;
	/* request_look, request_read */
	d_step { access(my_vmsa, VMSA); frozen[my_vmsa] = 1 }
	d_step { access(my_vmsa, VMSA) }
	d_step { access(my_caa, CAA) }
	if
	:: skip /* it has not called */
	:: ask();
		/* request_execute */
		if
		:: call == REMAP -> remap()
		:: call == CREATE -> create()
		:: call == DELETE -> delete()
		:: call == PVALIDATE -> pvalidate()
		fi;
		d_step { f = 0; g = 0; a = 0; n = 0; call = 0; s = 0; older = 0; done = 0; e = 0 }
		/* request_again */
		lock();
		d_step {
			drop();
			if
#ifdef NO_AGE
			:: v[slot].serving -> hold(v[slot].vmsa, v[slot].caa)
#else
			:: v[slot].serving && v[slot].age == age -> hold(v[slot].vmsa, v[slot].caa)
#endif
			:: else
			fi
		}
		unlock();
		/* request_answer */
		if
		:: my_vmsa != NONE ->
			d_step { access(my_vmsa, VMSA); assert(frozen[my_vmsa]) }
			d_step { access(my_caa, CAA) }
		:: else
		fi
	fi;
	if
	:: my_vmsa != NONE -> d_step { access(my_vmsa, VMSA); assert(frozen[my_vmsa]); frozen[my_vmsa] = 0 } /* request_thaw */
	:: else
	fi;
	/* request_end */
	lock();
	d_step {
		if
		:: v[slot].used && v[slot].age == age -> v[slot].serving = 0
		:: else
		fi;
		drop()
	}
	unlock();
	d_step { slot = 0; age = 0 }
#endif
	d_step {
		i = 0;
		do
		:: i < FRAMES -> assert(holder[i] != me + 1); i++ /* nothing is kept */
		:: else -> break
		od;
		i = 0
	}
	goto round
}

/* The startup vCPU on CPU 0 and one more on each other CPU; the rest of the frames are the guest's. TABLE_ONLY:
 * no vCPU, every CPU does PVALIDATE all the time. */
init {
	byte f;

	atomic {
		for (f : 0 .. FRAMES - 1) {
			table[f] = GUEST;
			rmp[f] = GRANTED
		}
#ifndef TABLE_ONLY
		table[0] = VMSA; rmp[0] = VMSAPAGE;
		table[1] = CAA;
		v[0].vmsa = 0; v[0].caa = 1; v[0].apic = 0; v[0].used = 1; v[0].startup = 1; v[0].age = 1;
		table[2] = VMSA; rmp[2] = VMSAPAGE;
		table[3] = CAA;
		v[1].vmsa = 2; v[1].caa = 3; v[1].apic = 1; v[1].used = 1; v[1].age = 2;
#if CPUS > 2
		table[4] = VMSA; rmp[4] = VMSAPAGE;
		table[5] = CAA;
		v[2].vmsa = 4; v[2].caa = 5; v[2].apic = 2; v[2].used = 1; v[2].age = 3;
#endif
		next_age = 4;
#endif
		f = 0;
		run cpu(0);
		run cpu(1);
#if CPUS > 2
		run cpu(2);
#endif
	}
}
