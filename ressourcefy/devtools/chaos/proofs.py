"""The proofs by name (`docs/testing.md`)."""

from devtools.chaos.bars import Proof
from devtools.chaos.crowding import crowd_the_database
from devtools.chaos.growth import outlive_growth
from devtools.chaos.killing import kill_workers, kill_workers_and_database
from devtools.chaos.serving import deploy_under_traffic, fill_the_disk
from devtools.chaos.waiting import distrust_clocks, outlast_an_outage, survive_a_zombie

PROOFS = {
    proof.name: proof
    for proof in (
        Proof("R1", "Workers are killed", kill_workers),
        Proof("R2", "Workers and PostgreSQL are killed", kill_workers_and_database),
        Proof("R5", "The mail server is away for long", outlast_an_outage),
        Proof("R6", "A frozen worker comes back", survive_a_zombie),
        Proof("R7", "A million finished events are in the way", outlive_growth),
        Proof("R14", "There are too few connections", crowd_the_database),
        Proof("R17", "The disk is full", fill_the_disk),
        Proof("R18", "The clocks of workers are wrong", distrust_clocks),
        Proof("R19", "Everything is deployed anew under traffic", deploy_under_traffic),
    )
}
