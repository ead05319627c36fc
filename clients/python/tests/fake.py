"""A server that replies as a test says, for what the real one does seldom."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from wirecopy._proto import details_pb2, wirecopy_pb2

Behaviour = Callable[[Iterator[wirecopy_pb2.ArticleRequest], grpc.ServicerContext], Any]


@contextmanager
def fake_server(**rpcs: tuple[Callable[[bytes], Message], Behaviour]) -> Iterator[str]:
    """Runs a server with these rpcs, each with what decodes its requests; yields its address.

    Of batches, the behaviour gets the single requests, and each of its replies is a message.
    """

    def handler(name: str, decode: Callable[[bytes], Message], behave: Behaviour) -> Any:
        if name.endswith("Batches"):

            def batches(
                messages: Iterator[wirecopy_pb2.ArticleBatch], context: grpc.ServicerContext
            ) -> Iterator[wirecopy_pb2.ArticleReplies]:
                requests = (request for message in messages for request in message.requests)
                for response in behave(requests, context):
                    yield wirecopy_pb2.ArticleReplies(responses=[response])

            return grpc.stream_stream_rpc_method_handler(
                batches, decode, lambda reply: reply.SerializeToString()
            )
        make = (
            grpc.unary_stream_rpc_method_handler
            if name == "Watch"
            else grpc.unary_unary_rpc_method_handler
        )
        return make(behave, decode, lambda reply: reply.SerializeToString())

    handlers = {name: handler(name, *rpc) for name, rpc in rpcs.items()}
    server = grpc.server(ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler("wirecopy.v1.Wirecopy", handlers),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


def verdict(request: wirecopy_pb2.ArticleRequest) -> wirecopy_pb2.ArticleResponse:
    """Returns the smallest verdict on an article."""
    figures = wirecopy_pb2.Figures()
    return wirecopy_pb2.ArticleResponse(
        tag=request.tag,
        verdict=wirecopy_pb2.Verdict(
            id=request.article.url,
            state=wirecopy_pb2.STATE_NEW,
            placement=wirecopy_pb2.Placement(figures=figures),
            judgement=wirecopy_pb2.Judgement(),
            first_seen=Timestamp(seconds=1),
        ),
    )


def abort(
    context: grpc.ServicerContext, code: grpc.StatusCode, message: str, *details: Message
) -> None:
    """Ends a call with a status as the real server makes it."""
    names = {
        details_pb2.RetryInfo: "RetryInfo",
        details_pb2.BadRequest: "BadRequest",
        details_pb2.ErrorInfo: "ErrorInfo",
    }
    encoded = details_pb2.Status(
        code=code.value[0],
        message=message,
        details=[
            AnyMessage(
                type_url=f"type.googleapis.com/google.rpc.{names[type(detail)]}",
                value=detail.SerializeToString(),
            )
            for detail in details
        ],
    ).SerializeToString()
    context.set_trailing_metadata((("grpc-status-details-bin", encoded),))
    context.abort(code, message)


def retry_info(seconds: float) -> details_pb2.RetryInfo:
    """Returns the detail that asks to retry."""
    delay = Duration()
    delay.FromTimedelta(timedelta(seconds=seconds))
    return details_pb2.RetryInfo(retry_delay=delay)
