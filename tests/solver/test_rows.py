"""Values as rows that steps share."""

from __future__ import annotations

import numpy as np

from longgame.solver.rows import Rows, Store


def test_an_array_is_rows_and_back_again():
    values = np.arange(24.0).reshape(4, 3, 2, 1)
    rows = Rows.of(values)
    assert rows.shape == values.shape and rows.nbytes == values.nbytes
    np.testing.assert_array_equal(np.asarray(rows), values)
    assert Rows.of(rows) is rows


def test_replaced_values_are_new_rows_and_the_old_values_stay():
    values = np.arange(8.0).reshape(4, 1, 1, 2)
    before = Rows.of(values)
    after, to = before.replaced(np.array([2, 0]))
    after.store.rows[to] = -1.0
    np.testing.assert_array_equal(np.asarray(before), values)
    np.testing.assert_array_equal(after[[0, 1, 2, 3]][:, 0, 0, 0], [-1.0, 2.0, -1.0, 6.0])
    assert after.store is before.store and after.store.used == 6


def test_a_store_grows_and_keeps_what_it_holds():
    store = Store(np.full((2, 1, 1, 1), 7.0))
    first = store.take(2)
    more = store.take(5)
    assert first.tolist() == [0, 1] and more.tolist() == [2, 3, 4, 5, 6]
    assert len(store.rows) >= 7 and (store.rows[first] == 7.0).all()


def test_rows_of_some_states_stand_alone():
    rows = Rows.of(np.arange(10.0).reshape(5, 1, 1, 2))
    wanted = np.array([False, True, False, True, False])
    some = rows.of_states(wanted)
    assert len(some.store.rows) == 2
    np.testing.assert_array_equal(some[wanted], rows[wanted])
    some[wanted] = 0.0
    assert rows[wanted].sum() == 2 + 3 + 6 + 7
    np.testing.assert_array_equal(some.part(slice(1, 4))[[0, 2]], some[wanted])
