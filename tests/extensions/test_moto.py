"""moto's server, a whole application on the names of Flask: services behind one dispatcher, driven by boto3."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.config
import pytest
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

KEYS: dict[str, Any] = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def connect(service: str, endpoint: str) -> Any:
    config = botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"})
    return boto3.client(service, endpoint_url=endpoint, config=config, **KEYS)


def test_objects_are_stored_listed_and_read(endpoint: str) -> None:
    s3 = connect("s3", endpoint)
    s3.create_bucket(Bucket="books")
    s3.put_object(Bucket="books", Key="a/b c.txt", Body=b"text" * 1000, ContentType="text/plain")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="books")["Contents"]] == ["a/b c.txt"]
    stored = s3.get_object(Bucket="books", Key="a/b c.txt", Range="bytes=0-3")
    assert (stored["Body"].read(), stored["ContentType"]) == (b"text", "text/plain")
    with pytest.raises(s3.exceptions.NoSuchKey):
        s3.get_object(Bucket="books", Key="none")


def test_messages_pass_through_a_queue(endpoint: str) -> None:
    sqs = connect("sqs", endpoint)
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="tea")
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["tea"]


def test_items_are_kept_in_a_table(endpoint: str) -> None:
    table = connect("dynamodb", endpoint)
    table.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "k", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "k", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    table.put_item(TableName="t", Item={"k": {"S": "1"}, "v": {"N": "7"}})
    assert table.get_item(TableName="t", Key={"k": {"S": "1"}})["Item"]["v"] == {"N": "7"}


def test_a_backend_app_has_its_own_views_and_converter() -> None:
    app = create_backend_app("s3")
    reply = app.test_client().get("/", base_url="http://s3.amazonaws.com/", headers={"Authorization": "x"})
    assert reply.status_code in {200, 403}
    assert "ListAllMyBucketsResult" in reply.text or "Error" in reply.text
    assert "regex" in {
        type(rule._converters.get(name)).__name__[:5].lower()
        for rule in app.url_map.iter_rules()
        for name in rule._converters
    }
