"""How a run goes: read, resolve, merge, plan, guard, apply. Sees CRMs and state by ports only."""
