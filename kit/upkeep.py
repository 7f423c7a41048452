"""What the tools themselves do in the background. The worker imports it; nothing else needs to."""

from kit import clock, db, files, jobs, outbox, worker
from kit.invariants import registered
from kit.proofs import prove_and_keep


@jobs.ticker("kit.relay", seconds=0.5)
async def relay() -> None:
    """Hand the outbox on."""
    await outbox.relay()


@jobs.every("kit.once_days", minutes=6 * 60)
async def keep_once_days(_payload: jobs.Payload) -> None:
    """Make the coming days' partitions for stored answers, drop those of more than 30 days ago."""
    async with db.transaction() as connection:
        await connection.execute("SELECT kit_once_keep_days()")


@jobs.daily("kit.close_business_day", at="00:05")
async def close_business_day(_payload: jobs.Payload) -> None:
    """Close yesterday: from now on no value is decided before it."""
    async with db.transaction():
        await clock.close_business_day()


@jobs.every("kit.sweep", minutes=60)
async def sweep(_payload: jobs.Payload) -> None:
    """Remove unclaimed files, finished jobs and delivered events."""
    await files.sweep()
    await worker.sweep_finished()
    await outbox.sweep_delivered()


@jobs.every("kit.prove", minutes=60)
async def prove_hourly(_payload: jobs.Payload) -> None:
    """Prove that the books agree with everything else, and keep what was found for the staff's pages."""
    await prove_and_keep(registered())


@jobs.daily("kit.sweep_strays", at="03:30")
async def sweep_strays(_payload: jobs.Payload) -> None:
    """Remove what a crash left on the disk."""
    await files.sweep_strays()
