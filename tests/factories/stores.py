"""Reference rows of stores, as values to insert."""

import factory


class StoreValues(factory.DictFactory):
    """A store; give `region_id`."""

    store_id = factory.Sequence(lambda n: 9_000 + n)
