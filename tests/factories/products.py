"""Reference rows of products, as values to insert."""

import factory


class ProductValues(factory.DictFactory):
    """A product of the tiny shops in the tests; give `category_id`."""

    product_id = factory.Sequence(lambda n: 900_000 + n)
    brand = "National"
    unit_of_measure = "piece"
